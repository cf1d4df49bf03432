// What cards do in the browser: draw in the reader's theme, and hand out pictures and numbers without asking a server.
(() => {
  const none = () => window.dash_clientside.no_update;
  const theme = (scheme) => ((document.documentElement.dataset.mantineColorScheme || scheme) === "dark" ? "dark" : "light");
  const pick = (figures, variants) => {
    if (figures.light) { return figures; }
    const wanted = (variants || []).find((one) => figures[one]);
    return figures[wanted] || Object.values(figures)[0];
  };
  // where there is little room, a figure is laid out as its maker says; its place is as high as that takes
  const heights = new Map(); // where there is room
  const fit = (figure, graph) => {
    const { below, narrow } = (figure && figure.layout && figure.layout.meta) || {};
    if (!narrow || !graph || !graph.clientWidth) { return figure; }
    const { chart } = JSON.parse(graph.id), slim = graph.clientWidth < below;
    if (!heights.has(chart)) { heights.set(chart, graph.style.height); }
    const height = slim ? `${narrow.height}px` : heights.get(chart);
    if (graph.style.height !== height) { window.dash_clientside.set_props({ type: "graph", chart }, { style: { height } }); }
    return slim ? { ...figure, layout: { ...figure.layout, ...narrow } } : figure;
  };
  // what is drawn, so that it can be laid out anew when a phone is turned
  const drawn = new Map();
  const graph_of = (chart) => document.getElementById(JSON.stringify({ chart, type: "graph" }));
  let resized = 0;
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => drawn.forEach(({ figure, slim }, chart) => {
      const graph = graph_of(chart), { below, narrow } = figure.layout.meta || {};
      if (!graph) { drawn.delete(chart); return; }
      if (!narrow || !graph.clientWidth || (graph.clientWidth < below) === slim) { return; }
      drawn.set(chart, { figure, slim: !slim });
      window.dash_clientside.set_props({ type: "graph", chart }, { figure: fit(figure, graph) });
    }), 200);
  });
  // charts are drawn one after the other, so that the first is seen while the last is still to come
  let last = Promise.resolve();
  const turn = () => {
    const mine = last;
    last = last.then(() => new Promise((done) => { setTimeout(done, 0); }));
    return mine;
  };
  const wrapped = (text, width) => {
    const lines = [""];
    for (const word of String(text || "").split(/\s+/)) {
      if (lines[lines.length - 1] && lines[lines.length - 1].length + 1 + word.length > width) { lines.push(""); }
      lines[lines.length - 1] = `${lines[lines.length - 1]} ${word}`.trim();
    }
    const safe = (line) => line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    return lines.filter((line) => line).map(safe);
  };
  const save = (name, content, kind) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: kind }));
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  // a picture that leaves the page takes its title and its sentence along, on white paper
  const picture = (figures, variants, card, format) => {
    const figure = structuredClone(pick(figures, variants).light);
    const heading = [`<b>${wrapped(card.title, 80).join(" ")}</b>`, ...wrapped(card.sentence, 120)];
    const room = 24 + 22 * heading.length;
    const { layout } = figure;
    const height = (layout.height || 340) + room + 60;
    layout.paper_bgcolor = layout.plot_bgcolor = "#ffffff";
    layout.margin = { ...layout.margin, t: (layout.margin?.t || 20) + room };
    layout.title = { text: heading.join("<br>"), x: 0.02, xanchor: "left", y: 1, yanchor: "top", pad: { t: 18 }, font: { size: 15 } };
    delete layout.height;
    delete layout.autosize;
    const size = { width: 1120, height, scale: format === "png" ? 2 : 1 };
    return window.Plotly.downloadImage({ ...figure, config: { showSendToCloud: false } }, { ...size, format, filename: card.file });
  };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cards: {
      // the browser holds all ways to draw a chart, so that a switch of theme needs no server
      draw: (figures, scheme, variants) => {
        if (!figures) { return none(); }
        const { chart } = window.dash_clientside.callback_context.inputs_list[0].id;
        return turn().then(() => {
          const figure = pick(figures, variants)[theme(scheme)], graph = graph_of(chart);
          drawn.set(chart, { figure, slim: Boolean(graph) && graph.clientWidth < (figure.layout.meta || {}).below });
          return fit(figure, graph);
        });
      },
      // plotly.js takes as long to read as a page to be made; Dash, which sends for it when it meets a chart, waits for this
      ready: (ticks) => {
        if (!ticks || window.Plotly) { return none(); }
        window.Plotly = new Promise((loaded, failed) => {
          const script = document.createElement("script");
          Object.assign(script, { src: window._dashPlotlyJSURL, async: true, onload: () => loaded(), onerror: failed });
          document.head.append(script);
        });
        return none();
      },
      take: (png, svg, csv, figures, card, variants) => {
        const pressed = window.dash_clientside.callback_context.triggered_id;
        if (!pressed || !(png || svg || csv)) { return none(); }
        if (pressed.as === "csv") { save(`${card.file}.csv`, card.csv, "text/csv;charset=utf-8"); }
        else { picture(figures, variants, card, pressed.as); }
        return none();
      },
      take_table: (csv, card) => {
        if (csv) { save(`${card.file}.csv`, card.csv, "text/csv;charset=utf-8"); }
        return none();
      },
    },
  });
  // what somebody has opened in a card stays open when the card is drawn anew with more worlds
  const opened = new Set();
  const name_of = (details) => {
    const card = details.closest(".card");
    const part = card && details.parentElement.closest(".details") && details.querySelector(":scope > summary");
    return part ? `${window.location.pathname} ${card.getAttribute("aria-label")} ${part.textContent}` : null;
  };
  document.addEventListener("toggle", ({ target: details }) => {
    const name = details.isConnected && details.tagName === "DETAILS" && name_of(details);
    if (name) { opened[details.open ? "add" : "delete"](name); }
  }, true);
  new MutationObserver((changes) => {
    if (!opened.size) { return; }
    const come = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeType === Node.ELEMENT_NODE);
    for (const node of come) {
      for (const details of node.querySelectorAll("details:not([open])")) {
        if (opened.has(name_of(details))) { details.open = true; }
      }
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
  // a menu closes when something in it was chosen, and gives the focus back
  document.addEventListener("click", (event) => {
    const item = event.target.closest && event.target.closest(".menu-item");
    if (item) { setTimeout(() => item.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })), 0); }
  });
})();
