// The two course models: text to ids, ids and a mask to logits and attention weights, logits to ranked words.

import * as ort from "./ort/ort.wasm.min.mjs";
import { Tokenizer } from "./tokenizers/tokenizers.min.mjs";
import { maskOf } from "./masks.js";

const here = (name) => new URL(name, import.meta.url).href;
ort.env.wasm.wasmPaths = here("./ort/");
ort.env.wasm.numThreads = 1; // several need headers that a plain web server does not send

export const readJson = async (name) => (await fetch(here(name))).json();

export async function loadTokenizer(name) {
  return new Tokenizer(await readJson(`./${name}.tokenizer.json`), await readJson(`./${name}.tokenizer_config.json`));
}

export async function loadModel(name) {
  const session = await ort.InferenceSession.create(here(`./${name}.onnx`));
  return (ids, kind, prefix) => run(session, ids, kind, prefix);
}

// logits(k): the row of scores after token k; weight(layer, head, query, key).
async function run(session, ids, kind, prefix) {
  const length = ids.length;
  const out = await session.run({
    input_ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, length]),
    mask: new ort.Tensor("bool", maskOf(kind, length, prefix), [length, length]),
  });
  const [layers, heads] = out.attentions.dims;
  const [scores, weights, size] = [out.logits.data, out.attentions.data, out.logits.dims[1]];
  return {
    layers,
    heads,
    logits: (k) => scores.slice(k * size, (k + 1) * size),
    weight: (layer, head, query, key) => weights[((layer * heads + head) * length + query) * length + key],
  };
}

// [token id, probability] of every token, most probable first.
export function ranked(logits) {
  const most = Math.max(...logits);
  const weights = Array.from(logits, (score) => Math.exp(score - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, id) => [id, weight / total]).sort((a, b) => b[1] - a[1]);
}

// Words as they stand in a text: pieces that begin with ## belong to the word before them.
export function words(tokens) {
  const found = [];
  for (const token of tokens) {
    if (token.startsWith("##") && found.length) found.push(found.pop() + token.slice(2));
    else found.push(token);
  }
  return found;
}
