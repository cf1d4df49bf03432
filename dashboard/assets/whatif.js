// What the first page does in the browser: which strategies stand there, how much of each is changed, and the focus.
(() => {
  const none = () => window.dash_clientside.no_update;
  let pressed = false;
  let shown = {}; // choices that the result was run with, since it was
  document.addEventListener("click", (event) => { pressed = pressed || Boolean(event.target.closest && event.target.closest("#run")); }, true);
  const names = ["a", "b", "c", "d"];
  const extra = { c: "give_first", d: "two_way_engagement" };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    whatif: {
      slots: (a, b, c, d, files, sources, changes) => {
        const values = { a, b, c, d };
        const now = {};
        const next = { ...(changes || {}) };
        let other = false;
        names.forEach((slot) => {
          now[slot] = values[slot] === "~" ? `~${(files || {})[slot] || ""}` : values[slot] || null;
          // changes were made to what stood here before
          if (now[slot] !== ((sources || {})[slot] || null)) { next[slot] = {}; other = true; }
        });
        const classes = names.map((slot) => `control slot${values[slot] ? "" : " away"}`);
        return [...classes, Boolean(c && d), other ? next : none(), other ? now : none()];
      },
      add: (add, removeC, removeD, c, d) => {
        const pressed = window.dash_clientside.callback_context.triggered_id;
        if (pressed === "whatif-remove-c") { return [null, none()]; }
        if (pressed === "whatif-remove-d") { return [none(), null]; }
        if (!add) { return [none(), none()]; }
        if (!c) { return [extra.c, none()]; }
        return [none(), d || extra.d];
      },
      counts: (changes, ids) => ids.map(({ owner }) => {
        const count = Object.keys((changes || {})[owner] || {}).length;
        const words = owner === "all" ? "People and rules" : "Change";
        return count ? `${words} · ${count} changed` : words;
      }),
      network: (network) => [network === "~" ? "" : "away", network === "~"],
      more: (clicks) => {
        const pressed = window.dash_clientside.callback_context.triggered_id;
        if (!pressed || !clicks.some((one) => one)) { return none(); }
        window.dash_clientside.set_props("replicates", { value: pressed.worlds });
        return { worlds: pressed.worlds, looked: pressed.looked, at: Date.now() };
      },
      copy: (clicks) => {
        if (!clicks) { return none(); }
        const say = (words) => {
          window.dash_clientside.set_props("whatif-copy", { children: words });
          setTimeout(() => window.dash_clientside.set_props("whatif-copy", { children: "Copy link" }), 2500);
        };
        const refused = () => say("Copy it from the address bar");
        if (!navigator.clipboard) { refused(); } // only where the page is safe: on this machine, or with https
        else { navigator.clipboard.writeText(window.location.href).then(() => say("Copied"), refused); }
        return none();
      },
      stale: (opened, job, ...choices) => {
        // a page that is opened, and a press on Run, make the choices those of the result
        const now = JSON.stringify(choices);
        const since = `${opened} ${job && job.run}`;
        if (since !== shown.since) { shown = { since, choices: now }; }
        const other = shown.choices !== now;
        return [other ? "stale" : "", other ? "result stale" : "result"];
      },
      focus: (busy) => {
        const button = document.getElementById("run");
        if (!button) { return none(); }
        if (!pressed) { return none(); } // what began by itself takes no focus
        setTimeout(() => {
          if (document.activeElement && document.activeElement !== document.body) { return; }
          const next = document.getElementById(busy ? "cancel" : "run");
          if (next && !next.disabled) { next.focus({ preventScroll: true }); }
        }, 100);
        return none();
      },
    },
  });
  // a file that is too large is refused before it is read, and in words: the drop zone itself would say nothing
  const refuse = (event, files) => {
    const zone = event.target.closest && event.target.closest(".drop");
    if (!zone || !files || !files.length) { return; }
    const most = Number(zone.dataset.most);
    const large = [...files].find((file) => file.size > most);
    const said = (text) => window.dash_clientside.set_props(zone.dataset.said, { children: text });
    if (!large && files.length === 1) { said(""); return; }
    event.preventDefault();
    event.stopPropagation();
    if (!large) { said("One file at a time, please."); return; }
    const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
    said(`${large.name} holds ${megabytes(large.size)}, and ${zone.dataset.what} may hold ${megabytes(most)} here. `
      + "Take a sample of it, or use it with `worthsharing compare` on the command line.");
    if (event.target.type === "file") { event.target.value = ""; }
  };
  document.addEventListener("drop", (event) => refuse(event, event.dataTransfer && event.dataTransfer.files), true);
  document.addEventListener("change", (event) => { if (event.target.type === "file") { refuse(event, event.target.files); } }, true);
  // names for what a library leaves without one: the field behind the button of a drop zone, and the dialog of the controls
  const name_them = () => {
    document.querySelectorAll(".drop input[type=file]:not([tabindex='-1'])").forEach((field) => {
      field.tabIndex = -1; // the keyboard reaches the button
      const button = field.closest(".drop").querySelector("button");
      field.setAttribute("aria-label", (button && button.getAttribute("aria-label")) || "File");
    });
    document.querySelectorAll(".mantine-Drawer-content:not([aria-label])").forEach((dialog) => {
      dialog.setAttribute("aria-label", "Controls");
    });
  };
  new MutationObserver(name_them).observe(document.documentElement, { childList: true, subtree: true });
  // a file that misses its zone must not replace the page
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => event.preventDefault());
})();
