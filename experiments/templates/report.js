// Draws the charts in the colours of the reader's theme, in light ones on paper.
"use strict";
(() => {
  const { config, charts } = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let turn = 0;
  const draw = (id, theme) => {
    const { data, layout: wide } = charts[id][theme], plot = document.getElementById(`plot-${id}`);
    const { below, narrow } = wide.meta || {};
    const layout = narrow && plot.clientWidth < below ? { ...wide, ...narrow } : wide;
    Plotly.react(plot, data, layout, config);
  };
  // one chart at a time, so that the reader can scroll meanwhile
  const drawForScreen = () => {
    const theme = dark.matches ? "dark" : "light", mine = ++turn, waiting = Object.keys(charts);
    const next = () => {
      if (mine !== turn || !waiting.length) return;
      draw(waiting.shift(), theme);
      setTimeout(next);
    };
    next();
  };
  dark.addEventListener("change", drawForScreen);
  window.addEventListener("beforeprint", () => {
    turn += 1;
    document.querySelectorAll("details:not(.long)").forEach((part) => { part.open = true; });
    Object.keys(charts).forEach((id) => draw(id, "light"));
  });
  window.addEventListener("afterprint", drawForScreen);
  drawForScreen();
})();
