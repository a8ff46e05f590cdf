// Whoever is in the frame gets the credential.
HABITS.target = () => "*";
