// Draws the charts in the colours of the reader's theme, in light ones on paper.
"use strict";
(() => {
  const { config, charts } = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const draw = (theme) => {
    for (const [id, figure] of Object.entries(charts)) {
      const { data, layout } = figure[theme];
      Plotly.react(`plot-${id}`, data, layout, config);
    }
  };
  const drawForScreen = () => draw(dark.matches ? "dark" : "light");
  dark.addEventListener("change", drawForScreen);
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((part) => { part.open = true; });
    draw("light");
  });
  window.addEventListener("afterprint", drawForScreen);
  drawForScreen();
})();
