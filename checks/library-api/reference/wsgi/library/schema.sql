-- The whole schema. It is run in one transaction, once, on an empty database.

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL,
    name          text NOT NULL,
    password_hash text NOT NULL,
    role          text NOT NULL CONSTRAINT users_role_known CHECK (role IN ('member', 'librarian')),
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX users_email_unique ON users (lower(email));

CREATE TABLE books (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title          text NOT NULL,
    author         text NOT NULL,
    isbn           text NOT NULL CONSTRAINT books_isbn_unique UNIQUE,
    published_year integer NOT NULL,
    copies_total   integer NOT NULL CONSTRAINT books_copies_positive CHECK (copies_total >= 1),
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX books_author_lower ON books (lower(author));

CREATE TABLE loans (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book_id     bigint NOT NULL CONSTRAINT loans_book_exists REFERENCES books (id),
    user_id     bigint NOT NULL CONSTRAINT loans_user_exists REFERENCES users (id),
    borrowed_at timestamptz NOT NULL DEFAULT now(),
    due_at      timestamptz NOT NULL,
    returned_at timestamptz,
    CONSTRAINT loans_due_later CHECK (due_at > borrowed_at),
    CONSTRAINT loans_returned_later CHECK (returned_at >= borrowed_at)
);

CREATE INDEX loans_book ON loans (book_id);
CREATE INDEX loans_user ON loans (user_id);

-- Access tokens: only their SHA-256 is kept, so that a copy of this table opens no door.
CREATE TABLE access_tokens (
    digest     bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE INDEX access_tokens_user ON access_tokens (user_id);
