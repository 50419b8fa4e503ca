"""What somebody has typed and not yet signed: kept every few seconds, theirs alone, never in the journal."""
