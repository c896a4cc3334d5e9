// Migrations: every numbered file once, in order, whole or not at all.
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, readMigrations } from '../../../relay/storage/migrate.ts'

let folder: string
let database: Database
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ensemble-migrations-'))
  database = new Database(':memory:', { strict: true })
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

const write = (name: string, sql: string) => writeFileSync(join(folder, name), sql)
const tables = () => (database.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all() as { name: string }[]).map((row) => row.name)
const applied = () => database.query('SELECT number, name, at FROM migrations ORDER BY number').all()

test('applies the files by number and records each', () => {
  write('0010-later.sql', 'ALTER TABLE a ADD COLUMN n INTEGER; INSERT INTO a (id, n) VALUES (1, 2);')
  write('0002-first.sql', '-- a comment\nCREATE TABLE a (id INTEGER);')
  write('notes.txt', 'not a migration')
  migrate(database, readMigrations(folder), 7)
  expect(applied()).toEqual([{ number: 2, name: 'first', at: 7 }, { number: 10, name: 'later', at: 7 }])
  expect(database.query('SELECT * FROM a').all()).toEqual([{ id: 1, n: 2 }])
})

test('applies only what is new, also below the highest number', () => {
  write('0001-a.sql', 'CREATE TABLE a (id INTEGER)')
  write('0003-c.sql', 'CREATE TABLE c (id INTEGER)')
  migrate(database, readMigrations(folder), 1)
  write('0002-b.sql', 'CREATE TABLE b (id INTEGER)')
  migrate(database, readMigrations(folder), 2)
  expect(tables()).toEqual(['a', 'b', 'c', 'migrations'])
})

test('a file with a mistake leaves nothing of itself behind', () => {
  write('0001-a.sql', 'CREATE TABLE a (id INTEGER)')
  write('0002-b.sql', 'CREATE TABLE b (id INTEGER); CREATE TABLE a (id INTEGER);')
  expect(() => migrate(database, readMigrations(folder), 1)).toThrow('already exists')
  expect(tables()).toEqual(['a', 'migrations'])
  expect(applied()).toEqual([{ number: 1, name: 'a', at: 1 }])
})

test('two files with one number are a mistake', () => {
  write('0001-a.sql', '')
  write('0001-b.sql', '')
  expect(() => readMigrations(folder)).toThrow('Two migrations have the number 0001')
})
