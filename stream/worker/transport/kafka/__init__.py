"""The Kafka transport, over aiokafka."""
