"""The read model: what the topics say, laid out in Redis for fast answers. It can be made anew from the topics."""
