// A file may be dropped where it would be chosen. Without this it is chosen.

for (const form of document.querySelectorAll('form[data-drop]')) {
  const input = form.querySelector('input[type="file"]');
  const place = form.querySelector('.drop');
  for (const name of ['dragenter', 'dragover']) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.add('over');
    });
  }
  for (const name of ['dragleave', 'drop']) {
    place.addEventListener(name, () => place.classList.remove('over'));
  }
  place.addEventListener('drop', (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length !== 1 && !input.multiple) return;
    input.files = event.dataTransfer.files;
  });
}
