// Says in full which telephone number was understood, as soon as it is typed: before anybody is written to.
(() => {
  for (const place of document.querySelectorAll("output[data-phone-read]")) {
    const field = document.getElementById(place.htmlFor.value);
    const token = field?.form?.querySelector("[name=csrfmiddlewaretoken]");
    if (!token || place.dataset.listens) continue;
    place.dataset.listens = "1";
    let last = 0;
    field.addEventListener("change", async () => {
      const mine = ++last;
      let said = "";
      try {
        const body = new URLSearchParams({ csrfmiddlewaretoken: token.value, numero: field.value });
        const answer = await fetch(place.dataset.phoneRead, { method: "POST", body });
        if (answer.ok) said = (await answer.text()).trim();
      } catch {
        // Without network the form itself says so when it is sent.
      }
      if (mine === last) place.textContent = said;
    });
  }
})();
