// Cuts each slide of a notebook into pages that fit the screen, then starts reveal.js.
// A page is filled cell by cell; a cell that is too tall gives its code and its outputs, or its paragraphs, to
// several pages. What still does not fit is made smaller, to SMALLEST at most; beyond that the page scrolls.
// A figure gives up height so that the words about it stay below it, and takes what room its page has left.
const WIDTH = 1280, HEIGHT = 720, GAP = 8, SMALLEST = 0.62;
const FIGURE = { least: 1.1, first: 1.5, most: 2 };  // times the size in which it is stored

/** A copy of a cell that holds some parts of one of its elements, with the wrappers between the two. */
function shell(cell, element, parts) {
  let copy = element.cloneNode(false);
  copy.append(...parts);
  for (let level = element; level !== cell;) {
    copy.removeAttribute("id");
    level = level.parentElement;
    const wrapper = level.cloneNode(false);
    wrapper.append(copy);
    copy = wrapper;
  }
  return copy;
}

/** The pieces into which a cell may be cut, each with the wrappers that its style needs. */
function pieces(cell) {
  const text = cell.querySelector(".jp-RenderedMarkdown");
  if (text && cell.classList.contains("jp-MarkdownCell")) {
    return [...text.children].map((part) => shell(cell, text, [part]));
  }
  const wrappers = [...cell.children].filter((part) => part.offsetHeight > 0);
  return wrappers.length > 1 ? wrappers.map((part) => shell(cell, cell, [part])) : [cell];
}

const isHeading = (block) => /^\s*<h[1-3]/.test(block.querySelector?.(".jp-RenderedMarkdown")?.innerHTML ?? "");
const height = (block) => block.getBoundingClientRect().height + GAP;
const sum = (numbers) => numbers.reduce((all, each) => all + each, 0);
const figures = (blocks) => blocks.filter((block) => !block.style.zoom).flatMap((block) => [...block.querySelectorAll("img")]);

/** Shows a figure `times` as large as it is stored, if a page has the room. */
function scale(image, times) {
  const { naturalWidth: width, naturalHeight: tall } = image;
  image.style.width = `${Math.min(times * width, WIDTH - 20, (width / tall) * (HEIGHT - 100))}px`;
}

/** Makes a page's figures smaller, to FIGURE.least at most, so that the next block fits; says whether it does. */
function giveWay(blocks, next) {
  const over = () => sum([...blocks, next].map(height)) - HEIGHT, missing = over();
  const shown = figures(blocks), times = shown.map((image) => image.offsetWidth / image.naturalWidth);
  const spare = times.map((each) => Math.max(0, each - FIGURE.least));
  const all = sum(shown.map((image, i) => spare[i] * image.naturalHeight));
  if (missing <= 0 || all < missing) return missing <= 0;
  shown.forEach((image, i) => scale(image, times[i] - (missing / all) * spare[i]));
  if (over() > 1) shown.forEach((image, i) => scale(image, times[i]));
  return over() <= 1;
}

/** Moves what is printed below a figure into a block of its own; null where nothing is. */
function numbersBelow(block) {
  const area = block.querySelector(".jp-OutputArea:has(> :first-child img)"), below = [...area?.children ?? []].slice(1);
  if (!below.length || below.some((part) => part.querySelector("img"))) return null;
  const moved = shell(block, area, below);
  block.after(moved);
  block.style.zoom = "";
  return moved;
}

/** Puts the words about a figure below it, before the numbers printed there if need be; returns what is still to be placed. */
function join(page, words) {
  if (giveWay(page, words)) return page.push(words), [];
  const numbers = numbersBelow(page.at(-1)), rest = numbers ? [numbers] : [];
  if (numbers && giveWay(page, words)) return page.push(words), rest;
  const parts = pieces(words);
  words.replaceWith(...parts);
  if (giveWay(page, parts[0])) return page.push(parts[0]), [...rest, ...parts.slice(1)];
  return [...rest, ...parts];
}

/** Gives the room that a page has left to its figures. */
function takeRoom(blocks) {
  const shown = figures(blocks), room = HEIGHT - sum(blocks.map(height));
  const tall = sum(shown.map((image) => image.offsetHeight));
  if (room > 0) shown.forEach((image) => {
    scale(image, Math.min(FIGURE.most, (image.offsetWidth / image.naturalWidth) * (1 + room / tall)));
  });
}

/** Makes a block that is larger than a page smaller; says whether it fits now. */
function fit(block, room) {
  const wide = [...block.querySelectorAll("pre, table, mjx-math")].map((part) => Math.max(part.scrollWidth, part.getBoundingClientRect().width));
  const factor = Math.min(room / height(block), WIDTH / Math.max(WIDTH, ...wide), 1);
  if (factor < 1) block.style.zoom = Math.max(factor * 0.99, SMALLEST);
  return factor >= SMALLEST;
}

/** The pages of one slide: lists of blocks, none taller than the screen where that can be had. */
function pages(section) {
  const cells = [...section.querySelectorAll(".jp-Cell")].filter((cell) => !cell.closest("aside.notes"));
  const blocks = [];
  for (const cell of cells) {
    section.appendChild(cell);
    if (height(cell) <= HEIGHT) { blocks.push(cell); continue; }
    const parts = pieces(cell);
    cell.replaceWith(...parts);
    blocks.push(...parts);
  }
  const found = [[]];
  while (blocks.length) {
    const block = blocks.shift(), last = found.at(-1);
    fit(block, HEIGHT);
    const over = sum([...last, block].map(height)) - HEIGHT;
    if (over <= 1 || !last.length) last.push(block);
    else if (block.classList.contains("jp-MarkdownCell") && last.some((each) => each.querySelector("img"))) {
      const left = join(last, block);
      if (left.length) found.push([]);
      blocks.unshift(...left);
    } else found.push([...(isHeading(last.at(-1)) && last.length > 1 ? [last.pop()] : []), block]);
  }
  found.forEach(takeRoom);
  return found;
}

/** Replaces a slide by its pages, side by side downwards; notes for the lecturer go with the first. */
function cut(section) {
  const notes = [...section.querySelectorAll("aside.notes")];
  const made = pages(section).filter((blocks) => blocks.length).map((blocks) => {
    const page = section.cloneNode(false);
    page.append(...blocks);
    if (sum(blocks.map(height)) > HEIGHT * 1.02) page.classList.add("scrolls");
    return page;
  });
  made[0]?.append(...notes);
  section.after(...made);
  made.forEach((page) => { if (page.scrollHeight > HEIGHT * 1.02) page.classList.add("scrolls"); });
  section.remove();
}

async function start() {
  await MathJax.startup.promise;
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  [...document.images].forEach((image) => scale(image, FIGURE.first));
  document.body.classList.add("measuring");
  for (const slide of document.querySelectorAll(".slides > section")) {
    if (!slide.querySelector(":scope > section")) slide.innerHTML = `<section>${slide.innerHTML}</section>`;
    slide.querySelectorAll(":scope > section").forEach(cut);
  }
  document.body.classList.remove("measuring");
  await Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0.03, center: false, hash: true, slideNumber: "c/t",
    transition: "none", plugins: [RevealNotes],
  });
  document.body.classList.add("ready");
}

start();
