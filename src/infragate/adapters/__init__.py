"""One module for each outside thing: programs, files, the environment, git, Terraform, AWS."""
