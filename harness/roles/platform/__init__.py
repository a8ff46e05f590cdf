"""The platform: SDK, chat window, verification API, conversations and the agent's workspace."""
