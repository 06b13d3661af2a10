"""What the keyword search looks in: an FTS5 index on SQLite, a text search column on PostgreSQL.

Both hold nothing that is not in the chunks, and follow them by themselves.
"""

from django.db import migrations

# Contentless: the words are in the chunks already. `scope` keeps a search to its own collections.
SQLITE = [
    "CREATE VIRTUAL TABLE knowledge_words USING fts5(scope, words, content='', tokenize='unicode61')",
    """CREATE TRIGGER knowledge_words_added AFTER INSERT ON knowledge_chunk BEGIN
         INSERT INTO knowledge_words(rowid, scope, words) VALUES (new.id, 'k' || new.knowledge_id, new.words);
       END""",
    """CREATE TRIGGER knowledge_words_removed AFTER DELETE ON knowledge_chunk BEGIN
         INSERT INTO knowledge_words(knowledge_words, rowid, scope, words)
         VALUES ('delete', old.id, 'k' || old.knowledge_id, old.words);
       END""",
    """CREATE TRIGGER knowledge_words_changed AFTER UPDATE OF words, knowledge_id ON knowledge_chunk BEGIN
         INSERT INTO knowledge_words(knowledge_words, rowid, scope, words)
         VALUES ('delete', old.id, 'k' || old.knowledge_id, old.words);
         INSERT INTO knowledge_words(rowid, scope, words) VALUES (new.id, 'k' || new.knowledge_id, new.words);
       END""",
]
SQLITE_BACK = [
    "DROP TRIGGER knowledge_words_changed",
    "DROP TRIGGER knowledge_words_removed",
    "DROP TRIGGER knowledge_words_added",
    "DROP TABLE knowledge_words",
]
POSTGRESQL = [
    """ALTER TABLE knowledge_chunk ADD COLUMN terms tsvector
       GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(words, ' '), ''))) STORED""",
    "CREATE INDEX knowledge_chunk_terms ON knowledge_chunk USING gin (terms)",
]
POSTGRESQL_BACK = ["DROP INDEX knowledge_chunk_terms", "ALTER TABLE knowledge_chunk DROP COLUMN terms"]


def forwards(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
