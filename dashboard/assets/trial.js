// Puts the cards of a trial, rendered by the server as in its report, into the page, and draws their charts.
"use strict";
(() => {
  let shown = null;
  const themeNow = () => (document.documentElement.dataset.mantineColorScheme === "dark" ? "dark" : "light");
  const draw = (place) => {
    const chart = shown && shown.charts[place.id.replace(/^plot-/, "")];
    if (!chart) { return; }
    const { data, layout } = structuredClone(chart[themeNow()]);
    window.Plotly.react(place, data, layout, shown.config);
    place.dataset.drawn = themeNow();
  };
  // charts are drawn when they come near the screen: a trial has three dozen of them
  const near = new IntersectionObserver((entries) => {
    entries.filter((one) => one.isIntersecting && one.target.dataset.drawn !== themeNow()).forEach((one) => draw(one.target));
  }, { rootMargin: "600px" });
  const watchAll = () => {
    near.disconnect();
    document.querySelectorAll("#trial-report .plot").forEach((place) => near.observe(place));
  };
  new MutationObserver(watchAll).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
  window.addEventListener("beforeprint", () => document.querySelectorAll("#trial-report .plot").forEach(draw));

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    trial: {
      mount: (piece) => {
        const none = window.dash_clientside.no_update;
        if (!piece) { return none; }
        const tryNow = (left) => {
          const place = document.getElementById("trial-report");
          if (place && window.Plotly && window.Plotly.react) { // and not only on its way
            shown = piece;
            place.innerHTML = `<style>${piece.style}</style>${piece.content}`;
            watchAll();
            if (location.hash.startsWith("#claim-")) {
              const claim = document.getElementById(location.hash.slice(1));
              if (claim) { claim.scrollIntoView(); }
            }
          } else if (left) { setTimeout(() => tryNow(left - 1), 50); }
        };
        tryNow(400);
        return none;
      },
    },
  });
})();
