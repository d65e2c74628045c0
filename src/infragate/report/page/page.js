"use strict";
(() => {
  const items = [...document.querySelectorAll("[data-item]")];
  const folders = [...document.querySelectorAll("[data-folder]")].reverse();
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const boxes = [...document.querySelectorAll(".tools input[type=checkbox]")];
  const texts = new Map();
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, `${item.dataset.text ?? ""} ${item.textContent}`.toLowerCase());
    return texts.get(item);
  };
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const off = boxes.filter((box) => !box.checked).map((box) => [box.name, box.value]);
    let number = 0;
    for (const item of items) {
      const fits = off.every(([name, value]) => item.dataset[name] !== value)
        && words.every((word) => textOf(item).includes(word));
      item.hidden = !fits;
      if (fits) number += 1;
    }
    for (const folder of folders) folder.hidden = !folder.querySelector("[data-item]:not([hidden])");
    shown.textContent = `${number} of ${items.length} shown`;
  };
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
  boxes.forEach((box) => box.addEventListener("change", apply));
  const all = (open) => document.querySelectorAll("details").forEach((entry) => { entry.open = open; });
  document.getElementById("open").addEventListener("click", () => all(true));
  document.getElementById("close").addEventListener("click", () => all(false));
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((entry) => { entry.open = true; });
  });
  addEventListener("afterprint", () => { closed.forEach((entry) => { entry.open = false; }); });
  document.querySelector(".tools").hidden = false;
  apply();
})();
