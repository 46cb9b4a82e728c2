// Staff pages of places: a click on the drawing fills the two coordinates, a colour shows at once what it makes of the page.
// Without it both are typed, and the server says what it measured.
(function () {
  "use strict";
  var map = document.querySelector("[data-place-map]");
  var latitude = document.getElementById("id_latitude");
  var longitude = document.getElementById("id_longitude");
  if (map && latitude && longitude) {
    var svg = map.querySelector("svg");
    var mark = map.querySelector("[data-mark]");
    var box = svg.viewBox.baseVal;
    var here = map.dataset;
    map.hidden = false;
    longitude.closest(".govuk-form-group").after(map);
    svg.addEventListener("click", function (event) {
      var seen = svg.getBoundingClientRect();
      var x = (event.clientX - seen.left) / seen.width * box.width;
      var y = (event.clientY - seen.top) / seen.height * box.height;
      latitude.value = (here.north - y / here.perLatitude).toFixed(5);
      longitude.value = (Number(here.west) + x / here.perLongitude).toFixed(5);
      move();
    });
    var move = function () {
      var x = (Number(longitude.value) - here.west) * here.perLongitude;
      var y = (here.north - Number(latitude.value)) * here.perLatitude;
      if (isFinite(x) && isFinite(y)) mark.setAttribute("transform", "translate(" + x + " " + y + ")");
    };
    latitude.addEventListener("input", move);
    longitude.addEventListener("input", move);
  }

  var preview = document.querySelector("[data-colours]");
  var colour = document.getElementById("id_colour");
  if (!preview || !colour) return;
  var second = document.getElementById("id_second_colour");
  var said = preview.querySelector("[data-contrast]");
  preview.hidden = false;
  function light(hex) {
    var parts = [1, 3, 5].map(function (at) {
      var part = parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  }
  function contrast(one, other) {
    var a = light(one), b = light(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  function show() {
    if (!/^#[0-9a-f]{6}$/i.test(colour.value)) return;
    preview.style.setProperty("--sample", colour.value);
    preview.style.setProperty("--sample-two", second ? second.value : colour.value);
    var white = contrast(colour.value, "#ffffff");
    var shown = white.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    said.textContent = (white < 4.5 ? preview.dataset.low : preview.dataset.enough).replace("#", shown);
  }
  // Beside each text, which one may type or paste, the browser's own picker.
  [colour, second].forEach(function (field) {
    if (!field) return;
    var picker = document.createElement("input");
    picker.type = "color";
    picker.className = "ag-colour";
    picker.setAttribute("aria-label", preview.dataset.pick + " : " + field.labels[0].textContent.trim());
    picker.value = field.value;
    field.after(picker);
    picker.addEventListener("input", function () { field.value = picker.value; show(); });
    field.addEventListener("input", function () {
      if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value;
      show();
    });
  });
  show();
})();
