"""Pure rules of days and time limits: standard library only, replayable beside the clause."""
