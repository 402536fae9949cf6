"""Fine-tuning of the encoder; needs torch and transformers (the extra ``train``)."""
