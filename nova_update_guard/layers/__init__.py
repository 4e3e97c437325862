"""The layers' judgement: pure functions on what a request says."""
