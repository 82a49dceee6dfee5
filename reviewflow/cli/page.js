// Keys go to the screen at once, without a click on it; when it was left, Enter opens it again.
const toTheKeys = () => {
  const left = document.body.classList.contains("-closed");
  document.querySelector(left ? "#ended button" : ".xterm-helper-textarea")?.focus();
};

window.addEventListener("DOMContentLoaded", () => {
  // The class of the page tells the first drawing and the end of the screen.
  new MutationObserver(toTheKeys).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  window.addEventListener("focus", toTheKeys);
});
