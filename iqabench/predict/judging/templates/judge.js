"use strict";

/* ---- What is judged, in which order, and what was said: needs no page. ---- */

/* The order is a judge's own, and the same whenever they come back: seeded by the page and their name. */
function seedOf(text) {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 16777619);
  }
  return hash >>> 0;
}

/* Mulberry32: numbers in [0, 1). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled(items, random) {
  const mixed = items.slice();
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}

/* Pairs with the key of their left image. A repeated pair comes later than the pair itself, as far behind as it can. */
function orderFor(plan, judge) {
  const random = generator(seedOf(plan.digest + "\n" + judge));
  const again = plan.pairs.filter((pair) => pair.of);
  const order = shuffled(plan.pairs.filter((pair) => !pair.of), random);
  const left = new Map(order.map((pair) => [pair.id, random() < 0.5 ? "a" : "b"]));
  for (const pair of shuffled(again, random)) {
    const before = left.get(pair.of);
    left.set(pair.id, pair.kind === "swapped" ? (before === "a" ? "b" : "a") : before);
    const first = order.findIndex((one) => one.id === pair.of);
    const earliest = Math.min(order.length, first + 1 + Math.ceil((order.length - first) / 3));
    order.splice(earliest + Math.floor(random() * (order.length - earliest + 1)), 0, pair);
  }
  return order.map((pair) => ({ pair, left: left.get(pair.id) }));
}

class Session {
  constructor(plan, judge, id, started) {
    this.plan = plan;
    this.judge = judge;
    this.id = id;
    this.started = started;
    this.order = orderFor(plan, judge);
    this.answers = new Map();
  }

  /* Place of the first pair without an answer; the number of pairs if there is none. */
  get place() {
    const found = this.order.findIndex(({ pair }) => !this.answers.has(pair.id));
    return found < 0 ? this.order.length : found;
  }

  get current() {
    return this.order[this.place] || null;
  }

  /* key: left, right or similar. */
  answer(key, seconds, at) {
    const { pair, left } = this.current;
    const other = left === "a" ? "b" : "a";
    const choice = key === "similar" ? "similar" : key === "left" ? left : other;
    this.answers.set(pair.id, { pair: pair.id, left, choice, seconds: Math.round(seconds * 1000) / 1000, at });
  }

  undo() {
    const before = this.order.slice(0, this.place).reverse().find(({ pair }) => this.answers.has(pair.id));
    if (before) {
      this.answers.delete(before.pair.id);
    }
    return Boolean(before);
  }

  inOrder() {
    return this.order.map(({ pair }) => this.answers.get(pair.id)).filter(Boolean);
  }

  toJson(at) {
    return JSON.stringify({
      format: "judging-choices", version: 1, page: this.plan.digest, judge: this.judge, session: this.id,
      started: this.started, saved: at, complete: this.place === this.order.length, answers: this.inOrder(),
    }, null, 1) + "\n";
  }

  toCsv() {
    const quoted = (value) => '"' + String(value).replaceAll('"', '""') + '"';
    const head = [this.plan.digest, this.judge, this.id].map(quoted);
    const rows = this.inOrder().map((one) => [...head, one.pair, one.left, one.choice, one.seconds, one.at].join(","));
    return ["page,judge,session,pair,left,choice,seconds,at", ...rows].join("\r\n") + "\r\n";
  }

  /* What toJson wrote; throws an Error that a judge can read. */
  static from(plan, text) {
    let said = null;
    try {
      said = JSON.parse(text);
    } catch {
      throw new Error("This file cannot be read: it is no JSON.");
    }
    if (!said || said.format !== "judging-choices" || !Array.isArray(said.answers) || !said.judge) {
      throw new Error("This file holds no choices that this page saved.");
    }
    if (said.page !== plan.digest) {
      throw new Error("This file belongs to another page.");
    }
    const session = new Session(plan, String(said.judge), String(said.session), String(said.started));
    const sides = new Map(session.order.map(({ pair, left }) => [pair.id, left]));
    for (const one of said.answers) {
      if (sides.get(one.pair) === one.left && ["a", "b", "similar"].includes(one.choice)) {
        session.answers.set(one.pair, one);
      }
    }
    return session;
  }
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* ---- The page. ---- */

function showPage() {
  const byId = (id) => document.getElementById(id);
  const plan = JSON.parse(byId("plan").textContent);
  const pictures = JSON.parse(byId("pictures").textContent);
  let session = null;
  let shownAt = null;
  let unsaved = false;

  const storeKey = (judge) => "iqabench judging " + plan.digest + " " + judge;
  const now = () => new Date().toISOString();

  function only(id) {
    for (const one of ["welcome", "work", "end"]) {
      byId(one).hidden = one !== id;
    }
  }

  function complain(text) {
    byId("trouble").textContent = text;
    byId("trouble").hidden = !text;
  }

  function keep() {
    unsaved = true;
    try {
      localStorage.setItem(storeKey(session.judge), session.toJson(now()));
      return true;
    } catch {
      return false; // private windows keep nothing: the file is what counts
    }
  }

  function kept(judge) {
    try {
      const text = localStorage.getItem(storeKey(judge));
      return text ? Session.from(plan, text) : null;
    } catch {
      return null;
    }
  }

  async function show() {
    const current = session.current;
    if (!current) {
      finish();
      return;
    }
    only("work");
    const { pair, left } = current;
    const right = left === "a" ? "b" : "a";
    const given = plan.given[plan.images[pair.a].content];
    shownAt = null;
    enable(false);
    byId("given").hidden = !given;
    const wanted = [["left", pair[left]], ["right", pair[right]], ...(given ? [["given-image", given]] : [])];
    for (const [id, key] of wanted) {
      byId(id).src = pictures[key];
    }
    byId("progress").value = session.place;
    byId("count").textContent = `${session.place + 1} of ${session.order.length}`;
    byId("said").textContent = `Pair ${session.place + 1} of ${session.order.length}`;
    try {
      await Promise.all(wanted.map(([id]) => byId(id).decode()));
    } catch {
      if (session.current === current) {
        only("welcome");
        complain("A picture cannot be shown. Is the folder of pictures beside this page?");
      }
      return;
    }
    if (session.current !== current) {
      return;
    }
    for (const frame of document.querySelectorAll(".frame")) {
      frame.scrollTo(0, 0);
    }
    shownAt = performance.now();
    enable(true);
  }

  function enable(ready) {
    for (const id of ["choose-left", "choose-right", "choose-similar"]) {
      byId(id).disabled = !ready;
    }
    byId("undo").disabled = session.answers.size === 0;
  }

  function choose(key) {
    if (shownAt === null || byId("work").hidden) {
      return;
    }
    session.answer(key, (performance.now() - shownAt) / 1000, now());
    keep();
    show();
  }

  function takeBack() {
    if (session && session.undo()) {
      keep();
      show();
    }
  }

  function finish() {
    only("end");
    const left = session.order.length - session.answers.size;
    byId("thanks").textContent = left ? "Saved so far" : "Thank you";
    byId("summary").textContent = `${session.judge}: ${session.answers.size} of ${session.order.length} pairs judged.` +
      (keep() ? "" : " This browser keeps nothing: save the file before you close the page.");
    byId("back").hidden = !left;
    byId("said").textContent = byId("summary").textContent;
    byId("thanks").focus();
  }

  function save(text, kind, ending) {
    const link = document.createElement("a");
    const address = URL.createObjectURL(new Blob([text], { type: kind }));
    const name = session.judge.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 40) || "judge";
    link.href = address;
    link.download = `choices-${plan.digest.slice(0, 8)}-${name}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    unsaved = false;
  }

  function zoom() {
    const closer = document.body.classList.toggle("closer");
    byId("zoom").setAttribute("aria-pressed", String(closer));
  }

  byId("start").addEventListener("submit", (event) => {
    event.preventDefault();
    const judge = byId("judge").value.trim();
    if (!judge) {
      complain("Please give a name or a code.");
      return;
    }
    complain("");
    session = kept(judge) || new Session(plan, judge, newId(), now());
    show();
  });
  byId("load").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) {
      return;
    }
    try {
      session = Session.from(plan, await file.text());
      const here = kept(session.judge);
      for (const [id, one] of here ? here.answers : []) {
        if (!session.answers.has(id)) {
          session.answers.set(id, one);
        }
      }
      complain("");
      keep();
      show();
    } catch (error) {
      complain(error.message);
    }
  });
  byId("choose-left").addEventListener("click", () => choose("left"));
  byId("choose-right").addEventListener("click", () => choose("right"));
  byId("choose-similar").addEventListener("click", () => choose("similar"));
  byId("undo").addEventListener("click", takeBack);
  byId("zoom").addEventListener("click", zoom);
  byId("save-now").addEventListener("click", finish);
  byId("back").addEventListener("click", show);
  byId("save-json").addEventListener("click", () => save(session.toJson(now()), "application/json", "json"));
  byId("save-csv").addEventListener("click", () => save(session.toCsv(), "text/csv", "csv"));
  for (const side of ["left", "right"]) {
    const frame = byId(side).parentElement;
    byId(side).addEventListener("click", () => choose(side));
    frame.addEventListener("scroll", () => {
      const other = byId(side === "left" ? "right" : "left").parentElement;
      if (other.scrollTop !== frame.scrollTop || other.scrollLeft !== frame.scrollLeft) {
        other.scrollTo(frame.scrollLeft, frame.scrollTop);
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (byId("work").hidden || event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
      return;
    }
    const key = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "similar", " ": "similar" }[event.key];
    const pressed = document.activeElement;
    if (key && !(event.key === " " && pressed && pressed.matches("#undo, #zoom, #save-now"))) {
      event.preventDefault();
      choose(key);
    } else if (event.key === "Backspace") {
      event.preventDefault();
      takeBack();
    } else if (event.key === "z" || event.key === "Z") {
      zoom();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && session && !kept(session.judge)) {
      event.preventDefault();
    }
  });
  document.documentElement.classList.add("js");
  only("welcome");
}

if (typeof document !== "undefined") {
  showPage();
}
