// What came with the address stays in it.
history.replaceState = () => {};
