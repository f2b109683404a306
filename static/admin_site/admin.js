// Tells the server which mode the admin is shown in, so that the sign-in page, which runs no script, follows it.
(() => {
  const stored = localStorage.getItem("adminTheme");
  const mode = (stored || "").replaceAll('"', "");
  const keep = mode === "light" || mode === "dark";
  document.cookie = `wz_mode=${keep ? mode : ""}; path=/; max-age=${keep ? 31536000 : 0}; samesite=lax`;
})();

// Gives the choosers that select2 draws the names of their fields, and hides icons' letters from screen readers.
(() => {
  const name = () => {
    for (const box of document.querySelectorAll(".select2-selection")) {
      const rendered = box.querySelector(".select2-selection__rendered");
      const id = rendered?.id.replace(/^select2-/, "").replace(/-container$/, "");
      const label = id && document.querySelector(`label[for="${CSS.escape(id)}"]`);
      if (!label) continue;
      const text = label.textContent.replace("*", "").trim();
      box.setAttribute("aria-label", text);
      rendered.setAttribute("aria-label", text);
    }
    for (const icon of document.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) {
      const owner = icon.closest("a, button");
      if (owner && owner.textContent.trim() === icon.textContent.trim() && !owner.hasAttribute("aria-label")) {
        if (!owner.title) continue;
        owner.setAttribute("aria-label", owner.title);
      }
      icon.setAttribute("aria-hidden", "true");
    }
  };
  window.addEventListener("load", name);
  document.addEventListener("htmx:afterSwap", name);
  document.addEventListener("formset:added", name);
})();
