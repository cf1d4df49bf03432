// What the shell does in the browser when a page is opened.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  shell: {
    // a name for this tab, which a reload does not change
    tab: (pathname, known) => known || Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 8)).join(""),
    arrived: (pathname, titles) => {
      const path = `/${(pathname || "/").replace(/^\/+|\/+$/g, "")}`;
      const title = (titles || {})[path];
      document.title = title ? `${title} · worthsharing` : "worthsharing";
      document.querySelectorAll(".nav-link").forEach((link) => {
        if (link.getAttribute("href") === path) {
          link.setAttribute("aria-current", "page");
          link.scrollIntoView({ block: "nearest", inline: "nearest" });
        } else { link.removeAttribute("aria-current"); }
      });
      if (window.worthsharingPath && window.worthsharingPath !== path) { window.scrollTo(0, 0); }
      window.worthsharingPath = path;
      return window.dash_clientside.no_update;
    },
  },
});
