// Passkeys: the browser signs or makes one, the form carries its answer.
async function answer(button) {
  const options = JSON.parse(button.dataset.passkey);
  if (button.dataset.passkeyAct === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-passkey]");
  if (!button) return;
  const live = document.getElementById("live");
  button.setAttribute("aria-busy", "true");
  try {
    const found = await answer(button);
    button.form.elements.passkey.value = JSON.stringify(found.toJSON());
    if ("passkeySend" in button.dataset) return button.form.submit();
    const code = button.form.elements.code;
    if (code) code.required = false;
    live.textContent = button.dataset.done;
  } catch {
    live.textContent = button.dataset.failed;
  }
  button.removeAttribute("aria-busy");
});
