"""The stream: transports, agents and deadlines on Faust."""
