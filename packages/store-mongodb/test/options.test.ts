import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { type MongoStoreOptions, mongoStore } from '../src/index.ts';
import { settingsOf } from '../src/options.ts';

function refusal(options: MongoStoreOptions): string {
  try {
    mongoStore(options);
    return 'taken';
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return `${code} ${message}`;
  }
}

const uri = 'mongodb://127.0.0.1';

describe('the options of a MongoDB store', () => {
  it.each<[string, MongoStoreOptions, RegExp]>([
    ['neither a URI nor a client', {}, /either `uri` or `client`/],
    ['a URI and a client', { uri, client: new MongoClient(uri) }, /either `uri` or `client`/],
    ['what is no URI', { uri: 'localhost' }, /cannot use 'localhost' as `uri`: .*scheme/i],
    ['an option that no URI has', { uri: `${uri}/?writes=fast` }, /as `uri`: .*writes/],
    ['a channel without a name', { uri, channel: '' }, /`channel`/],
    ['a prefix that no collection can have', { uri, prefix: '$' }, /'\$' as `prefix`/],
    ['a database that no server can have', { uri, database: 'a b' }, /'a b' as `database`/],
    ['looks without a pause', { uri, poll: 0 }, /`poll` of more than 0 milliseconds, not 0/],
    ['no time at all', { uri, timeout: Number.NaN }, /`timeout` .* not NaN/],
  ])('refuses %s', (_, options, message) => {
    expect(refusal(options)).toMatch(/^STORE_BAD_OPTION mongoStore /);
    expect(refusal(options)).toMatch(message);
  });

  it('tells nobody the password of a URI that it cannot use', () => {
    const refused = refusal({ uri: 'mongodb://dana:p@ss/w@rd@db:1/?nonsense=1' });
    expect(refused).toMatch(/^STORE_BAD_OPTION .*'mongodb:\/\/…@db:1/);
    expect(refused).not.toMatch(/dana|p@ss|w@rd/);
  });

  it.each<[string, MongoStoreOptions, string]>([
    ['the one that is named', { uri: `${uri}/other`, database: 'arena' }, "MongoDB 'arena', channel 'live'"],
    ["the URI's", { uri: `${uri}/arena?appName=x` }, "MongoDB 'arena', channel 'live'"],
    ["'test' where the URI says so", { uri: `${uri}/test` }, "MongoDB 'test', channel 'live'"],
    ["'rekindle' where nobody says", { uri, channel: 'staging' }, "MongoDB 'rekindle', channel 'staging'"],
    ["the client's", { client: new MongoClient(`${uri}/arena`) }, "MongoDB 'arena', channel 'live'"],
  ])('takes as its database %s', (_, options, name) => {
    expect(mongoStore(options).name).toBe(name);
  });

  it('takes the time limits of the URI before its own, and what is said beside it before both', () => {
    const limits = ({ client }: ReturnType<typeof settingsOf>) => {
      const { serverSelectionTimeoutMS, connectTimeoutMS, appName } = client.options;
      return [serverSelectionTimeoutMS, connectTimeoutMS, appName];
    };
    expect(limits(settingsOf({ uri }))).toEqual([5_000, 5_000, 'rekindle']);
    const said = `${uri}/?serverSelectionTimeoutMS=9000&appname=arena`;
    expect(limits(settingsOf({ uri: said }))).toEqual([9_000, 5_000, 'arena']);
    expect(limits(settingsOf({ uri: said, timeout: 700 }))).toEqual([700, 700, 'arena']);
  });
});
