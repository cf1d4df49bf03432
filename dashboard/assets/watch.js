// The player of the Watch page: draws both worlds on canvases, day by day. All it knows was computed by the server.
"use strict";
(() => {
  const SHAPES = ["dot", "circle", "triangle", "diamond", "square", "cross", "star"];
  const SIZES = [0.62, 0.9, 1.35, 1.4, 1.25, 1.35, 1.7]; // of the usual radius: who did something stands out
  const byId = (id) => document.getElementById(id);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  // made here and not on the server, because all of it follows the player
  const BAR = `<div class="watch-buttons">
    <button type="button" id="watch-play" class="watch-button play">Play</button>
    <button type="button" id="watch-back" class="watch-button" aria-label="One day back">◀</button>
    <button type="button" id="watch-forward" class="watch-button" aria-label="One day on">▶</button>
    <label class="watch-speed">Speed <select id="watch-speed">
      <option value="1">1 day a second</option><option value="3">3 days</option>
      <option value="8" selected>8 days</option><option value="20">20 days</option></select></label></div>
    <div class="watch-clock" aria-hidden="true">Day <b id="watch-day">0</b><span class="soft"> of <span id="watch-days"></span></span></div>
    <input type="range" id="watch-scrub" min="0" step="1" aria-label="Day">`;
  let player = null;

  class Player {
    constructor(data, canvases) {
      this.data = data;
      this.canvases = canvases;
      this.days = data.days;
      this.people = data.people;
      this.conditions = data.conditions.map(bytes);
      this.customers = bytes(data.customers);
      this.day = Math.min(data.day, data.days);
      this.person = data.person !== null && data.person < data.people ? data.person : null;
      this.playing = false;
      this.last = 0;
      this.neighbours = Array.from({ length: this.people }, () => []);
      for (let at = 0; at < data.ties.length; at += 2) {
        this.neighbours[data.ties[at]].push(data.ties[at + 1]);
        this.neighbours[data.ties[at + 1]].push(data.ties[at]);
      }
      byId("watch-bar").innerHTML = BAR;
      byId("watch-scrub").max = this.days;
      byId("watch-days").textContent = this.days;
      this.watcher = new ResizeObserver(() => this.resize());
      canvases.forEach((canvas) => this.watcher.observe(canvas));
      this.themes = new MutationObserver(() => this.resize());
      this.themes.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
      this.answers = new MutationObserver(() => this.tell()); // the server puts another person there
      this.answers.observe(byId("watch-strip"), { attributes: true, characterData: true, childList: true, subtree: true });
      this.listen();
      this.resize();
      this.show(this.day, true);
    }

    get alive() { return this.canvases.every((canvas) => canvas.isConnected); }

    end() {
      this.playing = false;
      this.watcher.disconnect();
      this.themes.disconnect();
      this.answers.disconnect();
    }

    listen() {
      byId("watch-play").onclick = () => this.toggle();
      byId("watch-back").onclick = () => { this.pause(); this.show(this.day - 1, true); };
      byId("watch-forward").onclick = () => { this.pause(); this.show(this.day + 1, true); };
      byId("watch-scrub").oninput = (event) => { this.pause(); this.show(Number(event.target.value), true); };
      this.canvases.forEach((canvas) => {
        canvas.onclick = (event) => this.choose(canvas, event);
        canvas.onmousemove = (event) => { canvas.style.cursor = this.nearest(canvas, event) < 0 ? "default" : "pointer"; };
        canvas.onkeydown = (event) => {
          const step = { ArrowRight: 1, ArrowLeft: -1, Home: -this.days, End: this.days }[event.key];
          if (step) { this.pause(); this.show(this.day + step, true); }
          else if (event.key === " ") { this.toggle(); }
          else { return; }
          event.preventDefault();
        };
      });
    }

    toggle() { if (this.playing) { this.pause(); } else { this.play(); } }

    play() {
      if (this.day >= this.days) { this.show(0); }
      this.playing = true;
      this.last = performance.now();
      this.label();
      requestAnimationFrame((now) => this.turn(now));
    }

    pause() {
      const was = this.playing;
      this.playing = false;
      this.label();
      if (was) { this.say(); }
    }

    turn(now) {
      if (!this.playing || !this.alive) { return; }
      const perDay = 1000 / Number(byId("watch-speed").value);
      if (now - this.last >= perDay) {
        const ahead = Math.min(Math.floor((now - this.last) / perDay), 5); // a hidden tab does not race afterwards
        this.last = now;
        this.show(this.day + ahead);
        if (this.day >= this.days) { this.pause(); return; }
      }
      requestAnimationFrame((next) => this.turn(next));
    }

    label() {
      const button = byId("watch-play");
      button.textContent = this.playing ? "Pause" : "Play";
      button.dataset.playing = this.playing;
    }

    // what a person who does not see the pictures is told, when they stand still
    say() {
      byId("watch-told").textContent = `Day ${this.day}. ` + this.data.names.map((name, side) => {
        const counts = this.counts(side).map((count, place) => `${this.data.labels[place]} ${count}`);
        return `${name}: ${counts.join(", ")}.`;
      }).join(" ");
    }

    counts(side) {
      const counts = new Array(this.data.labels.length).fill(0), from = this.day * this.people;
      for (let row = 0; row < this.people; row += 1) { counts[this.conditions[side][from + row]] += 1; }
      return counts;
    }

    show(day, still) {
      this.day = Math.max(0, Math.min(this.days, day));
      const scrub = byId("watch-scrub");
      scrub.value = this.day;
      scrub.setAttribute("aria-valuetext", `Day ${this.day} of ${this.days}`);
      byId("watch-day").textContent = this.day;
      byId("watch-back").disabled = this.day === 0;
      byId("watch-forward").disabled = this.day === this.days;
      this.canvases.forEach((canvas, side) => {
        this.counts(side).forEach((count, place) => { byId(`watch-count-${side}-${place}`).textContent = count.toLocaleString("en"); });
        this.draw(side);
      });
      this.tell();
      if (still) { this.say(); }
    }

    // what the person who was asked is on the day shown, in the words of the server for its last day
    tell() {
      const now = byId("watch-now");
      if (!now || Number(now.dataset.person) !== this.person) { return; }
      const found = this.conditions.map((line, side) => {
        const label = this.data.labels[line[this.day * this.people + this.person]].toLowerCase();
        return `${"AB"[side]} ${label}`;
      });
      const words = `, day ${this.day}: ${found.join(", ")}`;
      if (now.textContent !== words) { now.textContent = words; }
    }

    resize() {
      if (!this.alive) { this.end(); return; }
      const style = getComputedStyle(this.canvases[0]);
      const colour = (name) => style.getPropertyValue(name).trim();
      this.colours = SHAPES.map((_, place) => colour(`--w${place}`));
      this.edge = colour("--w-edge");
      this.tie = colour("--w-tie");
      this.flow = colour("--w2");
      this.text = colour("--text");
      this.card = colour("--card");
      this.ground = this.canvases.map((canvas) => {
        const scale = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
        canvas.width = Math.max(1, Math.round(box.width * scale));
        canvas.height = Math.max(1, Math.round(box.height * scale));
        const ground = document.createElement("canvas");
        ground.width = canvas.width;
        ground.height = canvas.height;
        this.scaled = scale;
        this.radius = Math.max(2.4, Math.min(6, 0.30 * Math.sqrt((box.width * box.height) / this.people))) * scale;
        this.place(canvas);
        const pen = ground.getContext("2d");
        pen.strokeStyle = this.tie;
        pen.lineWidth = 0.5 * scale;
        pen.beginPath();
        const { ties } = this.data;
        for (let at = 0; at < ties.length; at += 2) {
          pen.moveTo(this.x[ties[at]], this.y[ties[at]]);
          pen.lineTo(this.x[ties[at + 1]], this.y[ties[at + 1]]);
        }
        pen.stroke();
        return ground;
      });
      this.canvases.forEach((_, side) => this.draw(side));
    }

    // an ellipse that fills the canvas
    place(canvas) {
      const edge = 12 * this.scaled, width = canvas.width - 2 * edge, height = canvas.height - 2 * edge;
      this.x = this.data.x.map((share) => edge + (width * share) / 10000);
      this.y = this.data.y.map((share) => edge + (height * share) / 10000);
    }

    draw(side) {
      const canvas = this.canvases[side], pen = canvas.getContext("2d");
      if (!this.ground || !this.ground[side]) { return; }
      this.place(canvas);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(this.ground[side], 0, 0);
      const now = this.conditions[side].subarray(this.day * this.people, (this.day + 1) * this.people);
      const before = this.day ? this.conditions[side].subarray((this.day - 1) * this.people, this.day * this.people) : now;
      pen.strokeStyle = this.flow;
      pen.globalAlpha = 0.45;
      pen.lineWidth = 1 * this.scaled;
      pen.beginPath();
      for (const row of this.day ? this.data.sharers[side][this.day - 1] : []) {
        for (const other of this.neighbours[row]) {
          pen.moveTo(this.x[row], this.y[row]);
          pen.lineTo(this.x[other], this.y[other]);
        }
      }
      pen.stroke();
      pen.globalAlpha = 1;
      // who did most is drawn last, and on top
      for (let place = 0; place < SHAPES.length; place += 1) {
        for (let row = 0; row < this.people; row += 1) {
          if (now[row] === place) { this.mark(pen, row, place, now[row] !== before[row]); }
        }
      }
      if (this.person !== null) { this.ring(pen, this.person, 3.4, this.text, 2.5); }
    }

    mark(pen, row, place, fresh) {
      const x = this.x[row], y = this.y[row], r = this.radius * SIZES[place];
      pen.fillStyle = this.colours[place];
      pen.strokeStyle = place === 0 && this.customers[row] ? this.text : this.edge;
      pen.lineWidth = (place === 0 && this.customers[row] ? 1.1 : 0.8) * this.scaled;
      path(pen, SHAPES[place], x, y, r);
      pen.fill();
      if (place > 1 || this.customers[row]) { pen.stroke(); }
      if (fresh) { this.ring(pen, row, SIZES[place] + 1.1, this.colours[place], 1.6); }
    }

    ring(pen, row, times, colour, width) {
      pen.strokeStyle = colour;
      pen.lineWidth = width * this.scaled;
      pen.beginPath();
      pen.arc(this.x[row], this.y[row], this.radius * times, 0, 2 * Math.PI);
      pen.stroke();
    }

    nearest(canvas, event) {
      const box = canvas.getBoundingClientRect();
      const x = (event.clientX - box.left) * this.scaled, y = (event.clientY - box.top) * this.scaled;
      this.place(canvas);
      let best = -1, least = (14 * this.scaled) ** 2;
      for (let row = 0; row < this.people; row += 1) {
        const far = (this.x[row] - x) ** 2 + (this.y[row] - y) ** 2;
        if (far < least) { best = row; least = far; }
      }
      return best;
    }

    choose(canvas, event) {
      const row = this.nearest(canvas, event);
      if (row >= 0) { window.dash_clientside.set_props("watch-number", { value: row }); }
    }

    select(person) {
      this.person = /^[0-9]+$/.test(String(person)) && Number(person) < this.people ? Number(person) : null;
      this.canvases.forEach((_, side) => this.draw(side));
    }
  }

  const path = (pen, shape, x, y, r) => {
    pen.beginPath();
    if (shape === "triangle") { polygon(pen, x, y, r * 1.15, 3, -Math.PI / 2); }
    else if (shape === "diamond") { polygon(pen, x, y, r * 1.1, 4, 0); }
    else if (shape === "square") { polygon(pen, x, y, r * 1.2, 4, Math.PI / 4); }
    else if (shape === "cross") { cross(pen, x, y, r); }
    else if (shape === "star") { star(pen, x, y, r); }
    else { pen.arc(x, y, r, 0, 2 * Math.PI); }
  };

  const polygon = (pen, x, y, r, corners, turn) => {
    for (let at = 0; at < corners; at += 1) {
      pen.lineTo(x + r * Math.cos(turn + (2 * Math.PI * at) / corners), y + r * Math.sin(turn + (2 * Math.PI * at) / corners));
    }
    pen.closePath();
  };

  const cross = (pen, x, y, r) => {
    const w = r * 0.38;
    const corners = [[-w, -r], [w, -r], [w, -w], [r, -w], [r, w], [w, w], [w, r], [-w, r], [-w, w], [-r, w], [-r, -w], [-w, -w]];
    const c = Math.SQRT1_2;
    corners.forEach(([a, b]) => pen.lineTo(x + c * (a - b), y + c * (a + b)));
    pen.closePath();
  };

  const star = (pen, x, y, r) => {
    for (let at = 0; at < 10; at += 1) {
      const far = at % 2 ? r * 0.5 : r, turn = -Math.PI / 2 + (Math.PI * at) / 5;
      pen.lineTo(x + far * Math.cos(turn), y + far * Math.sin(turn));
    }
    pen.closePath();
  };

  // signs of the legend, the same as in the pictures
  const signs = () => {
    document.querySelectorAll("canvas.sign").forEach((canvas) => {
      const place = Number(canvas.dataset.place), scale = window.devicePixelRatio || 1, pen = canvas.getContext("2d");
      const style = getComputedStyle(canvas);
      canvas.width = canvas.height = 18 * scale;
      path(pen, SHAPES[place], 9 * scale, 9 * scale, 4.6 * SIZES[place] * scale);
      pen.fillStyle = style.getPropertyValue(`--w${place}`).trim();
      pen.fill();
      pen.strokeStyle = style.getPropertyValue("--w-edge").trim();
      pen.lineWidth = 0.8 * scale;
      if (place > 1) { pen.stroke(); }
    });
  };
  new MutationObserver(signs).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    watch: {
      mount: (data) => {
        if (player) { player.end(); player = null; }
        if (!data) { return window.dash_clientside.no_update; }
        const tryNow = (left) => {
          const canvases = [0, 1].map((side) => byId(`watch-canvas-${side}`));
          if (canvases.every(Boolean) && byId("watch-bar")) {
            player = new Player(data, canvases);
            window.worthsharingWatch = player; // for tests and for the curious
            signs();
          } else if (left) { requestAnimationFrame(() => tryNow(left - 1)); }
        };
        tryNow(120);
        return window.dash_clientside.no_update;
      },
      select: (person) => {
        if (player && player.alive) { player.select(person); }
        return window.dash_clientside.no_update;
      },
    },
  });
})();
