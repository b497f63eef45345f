// What the two models make of a text with gaps. Both use the same ids; they differ in what stands around a text.

import { ranked, words } from "./models.js";

export class Reader {
  constructor({ tokenizer, about, bert, gpt, answers }) {
    Object.assign(this, { tokenizer, bert, gpt, answers });
    this.about = about["course-bert"];
    this.known = new Set([...this.about.words, ...this.about.special]);
    this.end = tokenizer.token_to_id(about["course-gpt"].end);
    this.gap = tokenizer.token_to_id(this.about.mask);
  }

  // ids with [CLS] and [SEP], the words between them, those of them that Tinytown does not have, places of the gaps
  split(text) {
    const { ids, tokens } = this.tokenizer.encode(text.replace(/_{2,}/g, ` ${this.about.mask} `));
    const inner = words(tokens.slice(1, -1));
    const unknown = [...new Set(inner.filter((word) => !this.known.has(word)))];
    return { ids, words: inner, unknown, gaps: ids.flatMap((id, place) => (id === this.gap ? [place] : [])) };
  }

  name(id) {
    return id === this.end ? "<end>" : this.tokenizer.id_to_token(id);
  }

  named(logits) {
    return ranked(logits).map(([id, probability]) => [this.name(id), probability]);
  }

  async bothSides({ ids, gaps, words }) {
    if (!gaps.length) return [];
    const out = await this.bert(ids, "bidirectional");
    const exact = this.answers.both[words.join(" ")];
    return gaps.map((place, number) => ({ ranking: this.named(out.logits(place)), exact: exact?.[number] }));
  }

  // GPT's view of each gap, its own best word in the gaps before; without a gap, of what follows the text.
  async leftSide({ ids, gaps }) {
    const filled = [this.end, ...ids.slice(1, -1)];
    const views = [];
    for (const place of gaps.length ? gaps : [filled.length]) {
      const read = filled.slice(0, place);
      const out = await this.gpt([...read, this.end], "causal"); // one token more: the graph takes two or more
      const logits = out.logits(place - 1);
      const text = this.textOf(read.slice(1));
      views.push({ ranking: this.named(logits), exact: this.answers.left[text], read: text });
      if (gaps.length) filled[place] = this.bestWord(logits);
    }
    return { views, filled };
  }

  textOf(ids) {
    return words(ids.map((id) => this.tokenizer.id_to_token(id))).join(" ");
  }

  bestWord(logits) {
    const first = this.about.firstWord;
    const scores = logits.slice(first, first + this.about.words.length);
    return first + scores.indexOf(Math.max(...scores));
  }
}
