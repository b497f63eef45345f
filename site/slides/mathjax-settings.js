window.MathJax = {
  tex: { inlineMath: [["$", "$"], ["\\(", "\\)"]], displayMath: [["$$", "$$"], ["\\[", "\\]"]], processEscapes: true },
  options: { ignoreHtmlClass: "highlight|jp-RenderedText", enableMenu: false },
};
