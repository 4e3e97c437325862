"""What users of the command lines and of the SDK read of a guarded nova."""
