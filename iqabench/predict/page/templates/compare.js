
/* The comparison: all pictures of one content share one centre (in pixels of the image) and one zoom. */
if (byId("compare")) {
  const view = JSON.parse(byId("view-data").textContent);
  const [scene, judge, stage, line, panes, divider, where] =
    ["scene", "judge", "stage", "line", "panes", "divider", "where"].map(byId);
  const sides = ["left", "right"].map((side) => ({
    chosen: byId(side), layer: byId(`layer-${side}`), tag: byId(`tag-${side}`),
  }));
  const heat = byId("heat"); /* absent on a page without heat maps */
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const MOST = 64;
  const centre = { x: 0, y: 0 };
  let zoom = 1; /* CSS pixels of the stage for one pixel of the image */
  let content = view.contents[0];
  let timer = 0;

  const span = (name, text = "") => {
    const made = document.createElement("span");
    made.className = name;
    made.textContent = text;
    return made;
  };

  /* Pictures: restored ones are those of the cards, the others are backgrounds that the style holds. */
  function part(image, name) {
    const source = document.querySelector(`#${image.key} img.${name}`);
    const made = source ? new Image() : span(`${name} ${image.key}`);
    if (source) {
      made.src = source.src;
      made.alt = "";
      made.className = name;
    }
    if (name === "near") {
      ["left", "top", "width", "height"].forEach((side, i) => { made.style[side] = `${100 * image.crop[i]}%`; });
    }
    return made;
  }
  function world(image) {
    const made = span("world");
    made.style.width = `${content.width}px`;
    made.style.height = `${content.height}px`;
    made.append(part(image, "far"), part(image, "near"));
    const map = heat?.checked && image.heat?.[judge.value];
    if (map) {
      const over = new Image();
      over.src = map;
      over.alt = "";
      over.className = "heat";
      made.append(over);
    }
    return made;
  }

  /* Where one looks. */
  const within = (value, least, most) => Math.min(Math.max(value, least), most);
  const whole = () => Math.min(stage.clientWidth / content.width, stage.clientHeight / content.height);
  /* No emptiness beside an image that is larger than the stage; a smaller one lies in the middle. */
  const inside = (at, size, room) => (size * zoom <= room
    ? size / 2 : within(at, room / zoom / 2, size - room / zoom / 2));
  function look() {
    zoom = within(zoom, Math.min(whole(), 1) / 2, MOST);
    centre.x = inside(centre.x, content.width, stage.clientWidth);
    centre.y = inside(centre.y, content.height, stage.clientHeight);
    const share = (panes.querySelector(".pane")?.clientWidth ?? 0) / (stage.clientWidth || 1);
    for (const [element, scale] of [[stage, zoom], [panes, zoom * share]]) {
      element.style.setProperty("--x", centre.x);
      element.style.setProperty("--y", centre.y);
      element.style.setProperty("--zoom", scale);
      element.classList.toggle("pixels", scale >= 1);
    }
    const said = `${Math.round(100 * zoom)} %`;
    if (where.textContent !== said) where.textContent = said;
  }
  function move(x, y) {
    centre.x += x / zoom;
    centre.y += y / zoom;
    look();
  }
  /* What lies `x`, `y` CSS pixels from the middle of the stage stays there. */
  function zoomTo(wanted, x = 0, y = 0) {
    const before = zoom;
    zoom = within(wanted, Math.min(whole(), 1) / 2, MOST);
    centre.x += x / before - x / zoom;
    centre.y += y / before - y / zoom;
    look();
  }
  function lookAt([left, top, width, height]) {
    zoom = Math.min(stage.clientWidth / (width * content.width), stage.clientHeight / (height * content.height));
    // No empty margin where the image goes on at the other side.
    const inside = (wanted, shown, all) => (shown < all ? within(wanted, shown / 2, all - shown / 2) : all / 2);
    centre.x = inside((left + width / 2) * content.width, stage.clientWidth / zoom, content.width);
    centre.y = inside((top + height / 2) * content.height, stage.clientHeight / zoom, content.height);
    look();
  }
  const actions = {
    "zoom-in": () => zoomTo(zoom * 1.5),
    "zoom-out": () => zoomTo(zoom / 1.5),
    "zoom-one": () => zoomTo(1 / devicePixelRatio),
    "zoom-whole": () => lookAt([0, 0, 1, 1]),
    "zoom-crop": () => lookAt(content.crop),
    turn: () => divide(Number(divider.value) > 50 ? 0 : 100),
    flicker: () => setFlicker(!timer),
  };

  /* The divider: 100 shows the left image alone, 0 the right one. */
  function divide(value) {
    divider.value = value;
    const at = Number(divider.value);
    stage.style.setProperty("--split", `${at}%`);
    stage.classList.toggle("only-left", at === 100);
    stage.classList.toggle("only-right", at === 0);
    const [left, right] = sides.map((side) => side.tag.textContent);
    divider.setAttribute("aria-valuetext", at === 100 ? left : at === 0 ? right : `${at} % ${left}, then ${right}`);
  }
  /* Slower than three times a second, and never where motion is unwanted. */
  function setFlicker(on) {
    clearInterval(timer);
    if (timer && !on) divide(50);
    timer = on && !still.matches ? setInterval(() => { if (!document.hidden) actions.turn(); }, 700) : 0;
    byId("flicker").setAttribute("aria-pressed", String(Boolean(timer)));
  }
  function respectMotion() {
    byId("flicker").hidden = still.matches;
    if (still.matches) setFlicker(false);
  }

  /* What is shown. */
  const rank = (image) => (image.ranks ? Number.parseFloat(image.ranks[judge.value]) || Infinity : 0);
  const ordered = () => content.images.map((image, i) => i)
    .sort((a, b) => rank(content.images[a]) - rank(content.images[b]) || a - b);
  const scoreOf = (image) => (image.scores
    ? `${view.methods[judge.value].name} ${image.scores[judge.value]}${image.ranks[judge.value] && `, rank ${image.ranks[judge.value]}`}`
    : "");
  function draw() {
    for (const { chosen, layer, tag } of sides) {
      const image = content.images[chosen.value];
      layer.replaceChildren(world(image));
      tag.textContent = image.label;
    }
    panes.replaceChildren(...ordered().map((i) => {
      const image = content.images[i];
      const item = document.createElement("li");
      const pane = document.createElement("button");
      pane.type = "button";
      pane.className = "pane";
      pane.setAttribute("aria-pressed", String(sides.some((side) => Number(side.chosen.value) === i)));
      pane.setAttribute("aria-label", `Show ${image.label} on the right`);
      pane.append(world(image));
      pane.addEventListener("click", () => {
        sides[1].chosen.value = i;
        draw();
        panes.children[ordered().indexOf(i)].firstChild.focus({ preventScroll: true });
      });
      const name = document.createElement("strong");
      name.textContent = image.label;
      const score = document.createElement("small");
      score.textContent = scoreOf(image);
      item.append(pane, name, score);
      return item;
    }));
    explain();
    divide(divider.value);
    look();
  }
  function explain() {
    if (!heat) return;
    const method = view.methods[judge.value];
    const scale = content.scales[judge.value];
    heat.disabled = !scale;
    byId("heat-name").textContent = scale ? "Heat map" : `No heat map by ${method.name}`;
    byId("legend").hidden = !scale || !heat.checked;
    if (!scale) return;
    [byId("low").textContent, byId("high").textContent] = scale.map((value) => Number(value.toPrecision(3)));
    byId("meaning").textContent = `${method.name}: ${method.map}. The last colour is this and worse; one scale for this content.`;
  }
  /* What can be chosen, in the order of the ranks; each side shows what is wanted there. */
  function offer(wanted) {
    sides.forEach(({ chosen }, number) => {
      chosen.replaceChildren(...ordered().map((i) => new Option(content.images[i].label, i)));
      chosen.value = wanted[number];
    });
    draw();
  }
  /* Another content: both sides keep what they show where it is there, too; else the best and the worst restoration. */
  function setContent(place, wanted) {
    const before = sides.map((side) => content.images[side.chosen.value]?.label);
    content = view.contents[place];
    scene.value = place;
    const order = ordered();
    const restored = order.filter((i) => content.images[i].scores);
    const usual = [restored.length > 1 ? restored[0] : order[0], restored.at(-1)];
    const same = before.map((label) => content.images.findIndex((image) => image.label === label));
    offer(wanted ?? usual.map((one, number) => (same.includes(-1) ? one : same[number])));
    lookAt(content.crop);
  }
  const step = (by) => setContent((Number(scene.value) + by + view.contents.length) % view.contents.length);

  /* By hand: the mouse and one finger move, two fingers zoom, the line divides. */
  const held = new Map();
  let dividing = false;
  const apart = () => {
    const [a, b] = held.values();
    return Math.hypot(a.x - b.x, a.y - b.y) || 1;
  };
  const fromMiddle = (x, y) => {
    const box = stage.getBoundingClientRect();
    return [x - box.left - box.width / 2, y - box.top - box.height / 2];
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    dividing = event.target === line;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("held");
  });
  stage.addEventListener("pointermove", (event) => {
    const last = held.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    if (held.size > 1) {
      const before = apart();
      held.set(event.pointerId, now);
      const [a, b] = held.values();
      zoomTo(zoom * apart() / before, ...fromMiddle((a.x + b.x) / 2, (a.y + b.y) / 2));
      return;
    }
    held.set(event.pointerId, now);
    if (dividing) divide(within(50 + 100 * fromMiddle(now.x, 0)[0] / stage.clientWidth, 0, 100));
    else move(last.x - now.x, last.y - now.y);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    stage.addEventListener(name, (event) => {
      held.delete(event.pointerId);
      if (!held.size) stage.classList.remove("held");
    });
  }
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomTo(zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2), ...fromMiddle(event.clientX, event.clientY));
  }, { passive: false });

  /* By keyboard. */
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const keys = {
    "+": actions["zoom-in"], "=": actions["zoom-in"], "-": actions["zoom-out"], 1: actions["zoom-one"],
    0: actions["zoom-whole"], d: actions["zoom-crop"], " ": actions.turn, h: () => heat?.click(),
    n: () => step(1), p: () => step(-1),
  };
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = arrows[event.key];
    const act = keys[event.key.toLowerCase()];
    if (!way && !act) return;
    event.preventDefault();
    if (act) return act();
    const far = event.shiftKey ? zoom : stage.clientWidth / 8;
    move(way[0] * far, way[1] * far);
  });

  for (const [name, action] of Object.entries(actions)) byId(name).addEventListener("click", action);
  divider.addEventListener("input", () => divide(divider.value));
  scene.addEventListener("change", () => setContent(Number(scene.value)));
  judge.addEventListener("change", () => offer(sides.map((side) => side.chosen.value)));
  for (const { chosen } of sides) chosen.addEventListener("change", draw);
  heat?.addEventListener("change", draw);
  byId("strength")?.addEventListener("input", (event) => {
    byId("compare").style.setProperty("--strength", event.target.value / 100);
  });
  addEventListener("resize", look);
  still.addEventListener("change", respectMotion);

  /* From a card: what it was restored from on the left, itself on the right. */
  list.addEventListener("click", (event) => {
    const card = event.target.closest(".flip")?.closest(".card");
    if (!card) return;
    const place = view.contents.findIndex((one) => one.images.some((image) => image.key === card.id));
    const { images } = view.contents[place];
    const input = images.findIndex((image) => image.keys?.includes(card.dataset.shown));
    const own = images.findIndex((image) => image.key === card.id);
    setContent(place, [input < 0 ? own : input, own]);
    divide(50);
    byId("compare").scrollIntoView();
    stage.focus({ preventScroll: true });
  });

  respectMotion();
  setContent(0);
}
