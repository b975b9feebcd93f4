// What was just done is told once: a page that is loaded again does not say it again. Without this it would.
const address = new URL(location.href);
for (const name of ["done", "changed", "added", "replaced", "hidden"]) address.searchParams.delete(name);
history.replaceState(null, "", address);
