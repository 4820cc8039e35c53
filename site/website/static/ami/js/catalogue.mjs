// The address of a filtered list names only the filters that are set.
for (const form of document.querySelectorAll("form[data-short-url]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}
