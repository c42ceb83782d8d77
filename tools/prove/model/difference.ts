// What the model finds: something is not as it should be.

export class Difference extends Error {
  override readonly name = 'Difference';
}
