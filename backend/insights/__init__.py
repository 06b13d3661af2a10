"""What came of an app's use: how many asked, what they were told, what it cost, and what to mend first."""
