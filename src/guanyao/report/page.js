"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const all = (selector) => [...document.querySelectorAll(selector)];
  const press = (buttons, chosen) =>
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === chosen)));

  const languages = all("button[data-lang]");
  const title = document.querySelector("title");
  languages.forEach((button) =>
    button.addEventListener("click", () => {
      root.lang = button.dataset.lang;
      const name = root.lang === "en" ? title.dataset.en : title.dataset.zh;
      document.title = `${name} · Guanyao`;
      press(languages, button);
    }),
  );

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  document.querySelector("[data-theme-switch]").addEventListener("click", () => {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });

  const knob = document.getElementById("epoch");
  if (knob) {
    const frames = all(".frames > .frame");
    const play = document.getElementById("epoch-play");
    const show = () => {
      const { epoch } = frames[knob.value].dataset;
      frames.forEach((frame, i) => (frame.hidden = i !== Number(knob.value)));
      document.getElementById("epoch-shown").textContent = epoch;
      knob.setAttribute("aria-valuetext", epoch);
    };
    let timer = 0;
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.setAttribute("aria-pressed", "false");
    };
    const next = () => {
      knob.value = Number(knob.value) + 1;
      show();
      if (knob.value === knob.max) stop();
    };
    knob.addEventListener("input", () => {
      stop();
      show();
    });
    play.addEventListener("click", () => {
      if (timer) return stop();
      if (knob.value === knob.max) knob.value = 0;
      show();
      timer = setInterval(next, 400);
      play.setAttribute("aria-pressed", "true");
    });
  }

  const search = document.getElementById("search");
  if (!search) return;
  const kinds = all("button[data-kind]");
  const figures = all("#grid > figure");
  const filter = () => {
    const words = search.value.trim().toLowerCase();
    const kind = kinds.find((b) => b.getAttribute("aria-pressed") === "true").dataset.kind;
    figures.forEach((figure) => {
      const isNamed = figure.dataset.name.includes(words);
      figure.hidden = !(isNamed && (kind === "all" || figure.dataset.kind === kind));
    });
    document.getElementById("empty").hidden = figures.some((figure) => !figure.hidden);
  };
  search.addEventListener("input", filter);
  kinds.forEach((button) =>
    button.addEventListener("click", () => {
      press(kinds, button);
      filter();
    }),
  );
})();
