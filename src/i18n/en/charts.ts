// Charts: how their values are read.
export default {
  role: 'chart',
  keys: 'Arrow keys read the values, Home and End go to the ends.',
  showTable: 'Show as table',
  rest: 'Others',
  showChart: 'Show as chart',
}
