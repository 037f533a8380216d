-- A night asks the journal for each recording by the exchange's id, and the primary key begins with the exchange.
CREATE INDEX journal_by_id ON journal (unique_id);
