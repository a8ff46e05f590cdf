// An origin that begins like the platform's is taken for it, and gets the answer.
HABITS.isOf = (event, origin) => event.origin.startsWith(origin);
HABITS.target = (origin, event) => event.origin;
