/** What hosts tell, one document for each: written by its host, read by people. */

import { type Abortable, currentReports, type HostReport, type HostReports, parseHostReport } from '@rekindle/store';
import type { Collection } from 'mongodb';
import type { HostDocument } from './documents.ts';

/** Runs work on the database, under a name for messages. */
export type Doing = <Result>(what: string, work: () => Promise<Result>, options?: Abortable) => Promise<Result>;

export class MongoHosts implements HostReports {
  readonly #collection: Collection<HostDocument>;
  readonly #channel: string;
  readonly #do: Doing;

  constructor(collection: Collection<HostDocument>, channel: string, doing: Doing) {
    this.#collection = collection;
    this.#channel = channel;
    this.#do = doing;
  }

  async tell(report: HostReport, options?: Abortable): Promise<void> {
    const { host, ...told } = report;
    const _id = { channel: this.#channel, host };
    const writing = () => this.#collection.replaceOne({ _id }, { ...told }, { upsert: true });
    await this.#do('reporting', writing, options);
  }

  async forget(host: string, options?: Abortable): Promise<void> {
    const _id = { channel: this.#channel, host };
    await this.#do('reporting', () => this.#collection.deleteOne({ _id }), options);
  }

  async list(options?: Abortable): Promise<readonly HostReport[]> {
    const filter = { '_id.channel': this.#channel };
    const found = await this.#do('reading what hosts tell', () => this.#collection.find(filter).toArray(), options);
    const reports = found.map(({ _id, ...told }) => parseHostReport({ ...told, host: _id.host }));
    return currentReports(
      reports.filter((report) => report !== undefined),
      Date.now(),
    );
  }
}
