"""Results turned into what a person, a log or a program reads. Decides nothing."""
