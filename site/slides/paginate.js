// Cuts each slide of a notebook into pages that fit the screen, then starts reveal.js.
// A page is filled cell by cell; a cell that is too tall gives its code and its outputs, or its paragraphs, to
// several pages. What still does not fit is made smaller, to SMALLEST at most; beyond that the page scrolls.
const WIDTH = 1280, HEIGHT = 720, GAP = 8, SMALLEST = 0.62;

/** A copy of a cell that holds some of its parts. */
function shell(cell, inner, parts) {
  const copy = cell.cloneNode(false);
  let place = copy;
  for (const level of inner) {
    const wrapper = level.cloneNode(false);
    wrapper.removeAttribute("id");
    place.appendChild(wrapper);
    place = wrapper;
  }
  parts.forEach((part) => place.appendChild(part));
  return copy;
}

/** The pieces into which a cell may be cut, each with the wrappers that its style needs. */
function pieces(cell) {
  const text = cell.querySelector(".jp-RenderedMarkdown");
  if (text && cell.classList.contains("jp-MarkdownCell")) {
    const inner = [];
    for (let level = text; level !== cell; level = level.parentElement) inner.unshift(level);
    return [...text.children].map((part) => shell(cell, inner, [part]));
  }
  const wrappers = [...cell.children].filter((part) => part.offsetHeight > 0);
  return wrappers.length > 1 ? wrappers.map((part) => shell(cell, [], [part])) : [cell];
}

const isHeading = (block) => /^\s*<h[1-3]/.test(block.querySelector?.(".jp-RenderedMarkdown")?.innerHTML ?? "");
const height = (block) => block.getBoundingClientRect().height + GAP;

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
  let filled = 0;
  for (const block of blocks) {
    fit(block, HEIGHT);
    const here = height(block), last = found.at(-1);
    if (filled + here > HEIGHT && last.length) {
      const carried = isHeading(last.at(-1)) && last.length > 1 ? [last.pop()] : [];
      found.push(carried);
      filled = carried.reduce((sum, each) => sum + height(each), 0);
    }
    found.at(-1).push(block);
    filled += here;
  }
  return found;
}

/** Replaces a slide by its pages, side by side downwards; notes for the lecturer go with the first. */
function cut(section) {
  const notes = [...section.querySelectorAll("aside.notes")];
  const made = pages(section).filter((blocks) => blocks.length).map((blocks) => {
    const page = section.cloneNode(false);
    page.append(...blocks);
    if (blocks.reduce((sum, block) => sum + height(block), 0) > HEIGHT * 1.02) page.classList.add("scrolls");
    return page;
  });
  made[0]?.append(...notes);
  section.after(...made);
  made.forEach((page) => { if (page.scrollHeight > HEIGHT * 1.02) page.classList.add("scrolls"); });
  section.remove();
}

/** Shows a figure half as large again as it is stored, if the page has the room. */
function enlarge(image) {
  const { naturalWidth: width, naturalHeight: tall } = image;
  image.style.width = `${Math.min(1.5 * width, WIDTH - 20, (width / tall) * (HEIGHT - 100))}px`;
}

async function start() {
  await MathJax.startup.promise;
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  [...document.images].forEach(enlarge);
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
