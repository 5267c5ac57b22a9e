"""The AI features: model providers, answers from a project, and the persona in the chat."""
