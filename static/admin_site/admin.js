// Tells the server which mode the admin is shown in, so that the sign-in page, which runs no script, follows it.
(() => {
  const stored = localStorage.getItem("adminTheme");
  const mode = (stored || "").replaceAll('"', "");
  const keep = mode === "light" || mode === "dark";
  document.cookie = `wz_mode=${keep ? mode : ""}; path=/; max-age=${keep ? 31536000 : 0}; samesite=lax`;
})();

// Before the libraries of django-unfold look at the page, which they do when it is read, after this.
document.addEventListener("DOMContentLoaded", () => {
  // Scrolling is the browser's: simplebar's bars are landmarks of one name, and tab stops where nothing scrolls.
  for (const box of document.querySelectorAll("[data-simplebar]")) box.removeAttribute("data-simplebar");
  // What select2 opens belongs to the content, not behind everything.
  window.django?.jQuery?.fn.select2?.defaults.set("dropdownParent", "#content");
});

// Gives the choosers that select2 draws the names of their fields, and hides icons' letters from screen readers.
(() => {
  const nameChooser = (box) => {
    const select = box.closest(".select2-container").previousElementSibling;
    const label = select?.labels?.[0];
    if (!label) return;
    label.id ||= `${select.id}-label`;
    const shown = box.querySelector(".select2-selection__rendered");
    shown.setAttribute("aria-labelledby", label.id);
    box.setAttribute("aria-labelledby", shown.id ? `${label.id} ${shown.id}` : label.id);
    // What is open: its list, by the attribute of today, and the field that narrows it.
    const list = box.getAttribute("aria-owns");
    if (!list) return box.removeAttribute("aria-controls");
    box.setAttribute("aria-controls", list);
    document.querySelector(`.select2-search__field[aria-controls="${list}"]`)?.setAttribute("aria-labelledby", label.id);
  };
  const name = () => {
    document.querySelectorAll(".select2-selection").forEach(nameChooser);
    for (const icon of document.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) {
      const owner = icon.closest("a, button");
      if (owner && owner.textContent.trim() === icon.textContent.trim() && !owner.hasAttribute("aria-label")) {
        if (!owner.title) continue;
        owner.setAttribute("aria-label", owner.title);
      }
      icon.setAttribute("aria-hidden", "true");
    }
  };
  // Not once at a fixed moment: select2 may draw before or after the page is loaded.
  document.addEventListener("DOMContentLoaded", () => {
    name();
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  });
})();
