"""What makes tensors from tensors with weights and serves several systems or scores."""
