// Controls of strategies: checked, collected, searched and undone in the browser; the server checks again when it runs them.
(() => {
  const none = () => window.dash_clientside.no_update;
  const value_of = (value, base) => (typeof base === "boolean" ? value === "on" : value);
  // changes are kept by owner, then by path
  const keep = (store, changes, owner, path, value) => {
    const own = { ...((changes || {})[owner] || {}) };
    if (value === undefined) { delete own[path]; } else { own[path] = value; }
    window.dash_clientside.set_props(store, { data: { ...(changes || {}), [owner]: own } });
  };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    levers: {
      check: (given, about, id, opened, changes) => {
        const { base, shown, low, high, bounds } = about;
        const value = value_of(given, base);
        const kept = ((changes || {})[id.owner] || {})[id.path];
        const empty = value === "" || value === null || value === undefined;
        const same = !empty && value === base;
        if (same || empty) { if (kept !== undefined) { keep(opened.store, changes, id.owner, id.path, undefined); } }
        else if (kept !== value) { keep(opened.store, changes, id.owner, id.path, value); }
        if (empty) { return [`empty: ${shown} is used`, "lever wrong"]; }
        if (typeof value === "number" && ((low !== null && value < low) || (high !== null && value > high))) {
          return [`out of bounds: takes ${bounds}`, "lever wrong"];
        }
        return same ? [`not changed: ${shown}`, "lever"] : [`changed from ${shown}`, "lever changed"];
      },
      filter: (mode, search) => {
        const words = String(search || "").toLowerCase().split(/\s+/).filter((word) => word);
        let found = 0;
        document.querySelectorAll("#levers-list .levers-section").forEach((section) => {
          let some = 0;
          section.querySelectorAll(".lever").forEach((lever) => {
            const fits = words.every((word) => lever.dataset.words.includes(word));
            lever.hidden = !fits;
            some += fits;
          });
          section.hidden = !some;
          found += some;
        });
        return `levers ${words.length ? "searched" : mode} ${found || !words.length ? "" : "nothing"}`;
      },
      undo: (clicks, opened, changes) => {
        if (!clicks || !opened) { return none(); }
        window.dash_clientside.set_props(opened.store, { data: { ...(changes || {}), [opened.owner]: {} } });
        Object.entries(opened.values).forEach(([path, base]) => {
          const value = typeof base === "boolean" ? (base ? "on" : "off") : base;
          window.dash_clientside.set_props({ type: "lever", owner: opened.owner, path }, { value });
        });
        return none();
      },
    },
  });
})();
