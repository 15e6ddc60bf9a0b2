-- ChirpStack searches names by trigrams. Run once, when the database is made.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
