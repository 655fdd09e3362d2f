// The colours, and the button that chooses them. It runs before anything is painted.
"use strict";

{
  // A block, so that no name meets those of the pages' other scripts.
  const SCHEMES = ["auto", "light", "dark"];
  const page = document.documentElement;

  const remembered = (value) => {
    try {
      if (value) localStorage.setItem("scheme", value);
      return localStorage.getItem("scheme");
    } catch {
      return null; // a browser may forbid storage to a page from a file
    }
  };

  const addButton = () => {
    const button = document.createElement("button");
    const label = () => (button.textContent = `Colours: ${page.dataset.scheme}`);
    button.id = "scheme";
    button.type = "button";
    button.addEventListener("click", () => {
      const next = SCHEMES[(SCHEMES.indexOf(page.dataset.scheme) + 1) % SCHEMES.length];
      page.dataset.scheme = next;
      remembered(next);
      label();
    });
    label();
    document.querySelector("header").append(button);
  };

  const kept = remembered();
  page.dataset.scheme = SCHEMES.includes(kept) ? kept : "auto";
  // As soon as all is parsed: before the deferred scripts, which may scroll.
  document.addEventListener("readystatechange", addButton, { once: true });
}
