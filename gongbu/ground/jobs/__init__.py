"""作业 jobs: work that runs behind the pages: once (an import), at a cadence (the sequencer), or once a legal day."""
