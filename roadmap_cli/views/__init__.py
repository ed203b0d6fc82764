"""What the learner sees, as values: models in, pages out. Views read no files and print nothing."""
