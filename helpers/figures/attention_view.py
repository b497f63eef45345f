"""bertviz's interactive attention views, each in a frame of its own that needs no network.

bertviz fetches jQuery and d3 from a CDN through require.js, and a second view on one page fights the first. Here each
view is a complete page inside an iframe: jQuery (from the package XStatic-jQuery), d3 version 5 (inside mpld3) and four
lines in place of require.js.
"""

from __future__ import annotations

import html
import re
import warnings
from importlib.util import find_spec
from pathlib import Path

import bertviz
import torch
from IPython.display import HTML

from helpers.transformer.checks import listed, shown, whole

SHIM = """
window.requirejs = window.require = function (names, ready) {
  ready.apply(null, names.map(function (name) { return { jquery: window.jQuery, d3: window.d3 }[name]; }));
};
window.requirejs.config = function () {};
"""


def head_view(attention, tokens, *, layer=None, heads=None, height=None):
    """Lines from each query (left) to the keys (right) that it attends to, one colour for each head.

    Shapes: attention is one tensor (head, query, key) or (1, head, query, key) for each layer; tokens one string for
    each position. Gives an IPython `HTML` object; pair it with a static heatmap, which any reader can see.
    Raises ValueError when the attention is None (SDPA hands out no weights) or does not fit the tokens; TypeError for a
    single tensor, numpy arrays or ids instead of strings; both name what came and what is due.
    """
    layers = _layers(attention, tokens, tokens)
    if layer is not None:
        whole(layer, "layer", most=len(layers) - 1)
    if heads is not None:
        heads = [whole(head, "a head", most=layers[0].shape[1] - 1) for head in listed(heads, "heads", of="heads")]
    body = _bertviz("head_view", layers, list(tokens), layer=layer, heads=heads)
    return frame(body, height=height or 110 + 23 * len(tokens))


def model_view(attention, tokens, *, height=None):
    """All layers (rows) and heads (columns) as small pictures; a click enlarges one. Arguments as for `head_view`."""
    body = _bertviz("model_view", _layers(attention, tokens, tokens), list(tokens), display_mode="light")
    return frame(body, height=height or 560)


def encoder_decoder_view(encoder, decoder, cross, *, sources, targets, layer=None, height=None):
    """The head view of an encoder-decoder: a menu chooses encoder, decoder or cross-attention.

    Shapes: for each layer one tensor (1, head, source, source), (1, head, target, target), (1, head, target, source);
    sources and targets one string for each position. Gives an IPython `HTML` object.
    Raises ValueError when attention is None or does not fit its tokens; the message names which of the three.
    """
    parts = {}
    three = {
        "encoder": (encoder, sources, sources),
        "decoder": (decoder, targets, targets),
        "cross": (cross, targets, sources),
    }
    for name, (attention, rows, columns) in three.items():
        try:
            parts[f"{name}_attention"] = _layers(attention, rows, columns)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from error
    sources, targets = list(sources), list(targets)
    body = _bertviz("head_view", encoder_tokens=sources, decoder_tokens=targets, layer=layer, **parts)
    return frame(body, height=height or 130 + 23 * max(len(sources), len(targets)))


def frame(body, *, height):
    """An iframe that carries the libraries and a view; scripts from elsewhere are taken out.

    >>> page = frame("<p>hi</p>", height=80).data
    >>> page.count("<iframe"), "&lt;p&gt;hi&lt;/p&gt;" in page
    (1, True)
    """
    body = re.sub(r"<script[^>]*\bsrc=[^>]*></script>", "", body)
    scripts = "".join(f"<script>{library}</script>" for library in (*libraries(), SHIM))
    head = f'<meta charset="utf-8"><style>body {{ margin: 0; background: white }}</style>{scripts}'
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    style = f"width: 100%; height: {height}px; border: 0"
    view = f'<iframe title="interactive attention view" style="{style}" srcdoc="{html.escape(page)}"></iframe>'
    return HTML(f"<div>{view}</div>")  # IPython warns about a bare iframe


def libraries():
    """The source text of jQuery and of d3 version 5, out of two installed packages.

    >>> [name in text for name, text in zip(("jQuery", "d3"), libraries())]
    [True, True]

    Raises FileNotFoundError with the command that installs what is missing.
    """
    jquery = _read("xstatic.pkg.jquery", "data/jquery.min.js", package="XStatic-jQuery")
    return jquery, _read("mpld3", "js/d3.v5.min.js", package="mpld3")


def _bertviz(name, *attention, **options):
    """The HTML that bertviz makes; it leaves its script file open, which Python would warn about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        return getattr(bertviz, name)(*attention, html_action="return", **options).data


def _read(module, name, *, package):
    try:
        folder = Path(find_spec(module).origin).parent
        return (folder / name).read_text(encoding="utf-8")
    except (AttributeError, ModuleNotFoundError, FileNotFoundError) as error:
        raise FileNotFoundError(f"{name} of {package} is not there; run: pip install {package}") from error


def _check_tokens(tokens):
    """Refuse ids, a bare string, and anything else that is no list of strings."""
    wrong = [token for token in listed(tokens, "tokens", of="strings") if not isinstance(token, str)]
    if wrong:
        remedy = "pass strings: tokenizer.convert_ids_to_tokens(ids)"
        raise TypeError(f"tokens hold {shown(wrong[0])}, an id where a string is due; {remedy}")


def _check_attention(attention):
    """Refuse one layer's tensor in the place of all, and arrays that are no tensors."""
    if isinstance(attention, torch.Tensor):
        due = "one tensor for each layer: output.attentions, or [output.attentions[0]] for a single layer"
        raise TypeError(f"attention is {shown(attention)}, a single tensor; pass {due}")
    for number, layer in enumerate(attention if isinstance(attention, list | tuple) else []):
        if layer is not None and not isinstance(layer, torch.Tensor):
            raise TypeError(f"layer {number} is {shown(layer)}; pass a torch tensor: torch.as_tensor(layer)")
    if attention is not None and not isinstance(attention, list | tuple):
        raise TypeError(f"attention cannot be {shown(attention)}; pass output.attentions, one tensor for each layer")


def _layers(attention, queries, keys):
    """One (1, head, query, key) tensor for each layer, checked against the tokens of its rows and columns."""
    _check_tokens(queries)
    _check_tokens(keys)
    _check_attention(attention)
    if not attention or any(layer is None for layer in attention):
        raise ValueError(
            'no attention weights; load the model with attn_implementation="eager" and call it with '
            "output_attentions=True"
        )
    layers = [layer[None] if layer.dim() == 3 else layer for layer in attention]
    for number, layer in enumerate(layers):
        if layer.dim() != 4 or len(layer) != 1 or layer.shape[2:] != (len(queries), len(keys)):
            count = (
                f"{len(queries)} tokens" if list(queries) == list(keys) else f"{len(queries)} and {len(keys)} tokens"
            )
            raise ValueError(
                f"layer {number} has shape {tuple(layer.shape)}, expected (1, head, {len(queries)}, "
                f"{len(keys)}) for {count}; pass one text at a time"
            )
    return [layer.detach().cpu() for layer in layers]
