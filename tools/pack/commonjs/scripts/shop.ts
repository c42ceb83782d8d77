export const price: number = 5;
