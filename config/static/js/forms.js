// Every page. Another language keeps what is typed: the form goes along with the choice, and the page answers as to a GET.
// Where a page has several forms, the one that was touched. Without script the languages are links.
(function () {
  "use strict";
  // A form was sent to its own address, whatever its query and language, and refused or only shown, here: whoever comes
  // back to this page later wants the form, not the browser's question whether to send it again. Elsewhere the address
  // may be one that only a button opens. Not before the page is left: whoever loads it anew has the browser send it
  // again, and sees what was typed and what is wrong.
  function bare(address) { return address.split(/[?#]/)[0].replace(/\/(de|en)(?=\/)/, ""); }
  if (bare(document.referrer) === bare(location.href)) {
    window.addEventListener("pagehide", function () { history.replaceState(history.state, ""); });
  }
  var typed = "form[method=post] :is(input:not([type=hidden]), select, textarea)";
  var forms = new Set(Array.from(document.querySelectorAll(typed), function (field) { return field.form; }));
  var chosen = forms.size === 1 ? forms.values().next().value : null;
  document.addEventListener("input", function (event) {
    if (event.target.form && event.target.form.method === "post") chosen = event.target.form;
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-language]");
    if (!link || !chosen || !chosen.isConnected || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    var button = document.createElement("button");
    button.hidden = true;
    button.name = "langue";
    button.value = "1";
    button.formAction = link.href;
    button.formEnctype = "application/x-www-form-urlencoded"; // no file travels for this
    button.formNoValidate = true;
    chosen.append(button);
    chosen.requestSubmit(button);
  });
})();
